-- Returns a held-back pull for the person who decides about it.
SELECT h.pull_id, h.office_id, h.office_name, h.first_page_at, h.items, h.would_vanish, h.problem
FROM mart.held_back_pull AS h
WHERE h.pull_id = %(pull_id)s;
