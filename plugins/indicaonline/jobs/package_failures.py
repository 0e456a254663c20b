"""The failure policy of a refresh of packages: the failures that end a run early, and those raised at its end."""

from __future__ import annotations

from indicaonline.errors import BadRequestError, FatalError, IndicaOnlineError, NotFoundError, RetriableError
from indicaonline.warehouse.package_staging import PackageFetch

# The client has retried each failed fetch for minutes: more of them only occupy the API and a slot of the pool.
FAILURES_IN_A_ROW = 5


class FailurePolicy:
    """Records the outcomes of fetches. A run stops at an error of the account or the settings, at several failures in a
    row, and at several refusals by an account that never returned a package.
    """

    def __init__(self, *, account_has_packages: bool) -> None:
        self.account_has_packages = account_has_packages
        """True if the account has ever returned a package, before this run or in it."""
        self.should_stop = False
        self._failures: list[IndicaOnlineError] = []
        self._failed_in_a_row = 0
        self._refusals: list[PackageFetch] = []
        self._is_answered = False

    def judge(self, fetch: PackageFetch) -> None:
        """Record the outcome of a fetch."""
        if fetch.is_refused:
            self._refusals.append(fetch)
            # With a wrong API version in the connection every request is refused.
            if not self.account_has_packages and len(self._refusals) >= FAILURES_IN_A_ROW:
                self.should_stop = True
        elif fetch.outcome.error is not None:
            self.fail(fetch.outcome.error)
        else:
            self._failed_in_a_row = 0
            self._is_answered = True
            self.account_has_packages |= any(page.items for page in fetch.pages)
            if not fetch.outcome.complete:
                self.note(_incomplete(fetch))

    def fail(self, error: IndicaOnlineError) -> None:
        """Record the error of a fetch that returned nothing."""
        self.note(error)
        self._failed_in_a_row += 1
        if _is_final(error) or self._failed_in_a_row >= FAILURES_IN_A_ROW:
            self.should_stop = True

    def note(self, error: IndicaOnlineError) -> None:
        """Record an error that does not stop the run, to be raised at its end."""
        self._failures.append(error)

    def raise_failure(self) -> None:
        """Raise the recorded errors as one, if there are any: retriable if a retry can help any of them."""
        # A final error comes first and alone: it explains the others, and names what a person has to do.
        final = [error for error in self._failures if _is_final(error)]
        retriable = [error for error in self._failures if isinstance(error, RetriableError)]
        unexplained = self._unexplained()
        worst = [*final, *retriable, *self._failures, *unexplained]
        failed = len(self._failures) + len(unexplained)
        if final or failed == 1:
            raise worst[0]
        if worst:
            raise type(worst[0])(
                f"{worst[0]} It was one of {failed} fetches that failed.",
                status=worst[0].status,
                retry_after=worst[0].retry_after,
            )

    def _unexplained(self) -> list[IndicaOnlineError]:
        """Return the refusals that may come from a wrong connection, because the API answered nothing else."""
        # The API may refuse a deleted package for ever: the queue backs off, and the run does not fail. A list of
        # packages should never be refused.
        refusals = [] if self._is_answered else self._refusals
        return [
            fetch.outcome.error
            for fetch in refusals
            if fetch.outcome.error is not None and (fetch.request.package_id is None or not self.account_has_packages)
        ]


def _incomplete(fetch: PackageFetch) -> RetriableError:
    return RetriableError(
        f"Pull {fetch.pull_id} of {fetch.request} is incomplete: {fetch.outcome.problem}"
        " Rows received so far are stored; absence is not inferred."
    )


def _is_final(error: IndicaOnlineError) -> bool:
    """Return True if the error concerns the account or the settings, not one fetch."""
    return isinstance(error, FatalError) and not isinstance(error, NotFoundError | BadRequestError)
