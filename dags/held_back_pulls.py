"""
### Asks a person about a held-back pull, and applies the decision

A pull that would empty too much of an office is held back: raw responses and the ledger keep it, and no stock changes.
`inventory_snapshot_daily` triggers a run of this DAG for each such pull, named `pull_` and its number. The task `ask`
waits for an answer under *Required Actions*, where it shows which products would vanish and when each was last seen. It
occupies no worker while it waits.

- *Accept*: the office is really so empty. The pull is applied with the time at which it was made, and the published
  days that depend on it are published again.
- *Dismiss*: it is not. The pull is never applied.

The ledger keeps who decided, when, and the note (`mart.held_back_pull`). The next complete pull of the office
supersedes the held-back one: an answer after that changes nothing, and its tasks are skipped. Without an answer within
seven days the run ends, and the pull stays held back.

**To decide without being asked**, trigger this DAG with the number of the pull and a decision. Retries and clears are
idempotent. There is no schedule, so there is nothing to backfill. The DAG is not paused when it is created, because a
run of a paused DAG asks nobody.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param

from indicaonline import assets
from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.held_pulls import (
    DECISIONS,
    AcceptHeldPullOperator,
    AskAboutHeldPullOperator,
    DismissHeldPullOperator,
)
from indicaonline.operators.movements import RollUpOperator

# In the form of a trigger, and in the form of the answer.
NOTE = {
    "note": Param(
        None,
        type=["null", "string"],
        title="Note",
        description="The ledger keeps it with the decision.",
        maxLength=1000,
    )
}


@for_each_account
def held_back_pulls(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "held_back_pulls",
        "inventory",
        # Runs wait for a person for days: so many that those of a whole account block no decision about another pull.
        max_active_runs=1000,
        description="Asks a person to accept or dismiss a held-back pull, and applies the decision.",
        doc_md=__doc__,
        schedule=None,
        is_paused_upon_creation=False,
        params={
            "pull_id": Param(
                type="integer",
                minimum=1,
                title="Pull",
                description="Number of the held-back pull, from the message of the failed task.",
            ),
            "decision": Param(
                "ask",
                enum=["ask", *DECISIONS],
                title="Decision",
                description="accept: it is right. dismiss: it is wrong. ask: a person decides in Required Actions.",
            ),
            **NOTE,
        },
    ):
        ask = AskAboutHeldPullOperator(task_id="ask", params=NOTE)
        accept = AcceptHeldPullOperator(
            task_id="accept",
            answer=ask.output,
            execution_timeout=timedelta(hours=1),
            outlets=[assets.inventory_daily(settings)],
        )
        DismissHeldPullOperator(task_id="dismiss", answer=ask.output)

        accept >> RollUpOperator(task_id="roll_up")


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    held_back_pulls()
