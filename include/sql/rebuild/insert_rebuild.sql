-- Records a rebuild, in its own transaction: started_at is the time at which that began.
INSERT INTO ops.rebuild (from_day, start_at, started_at, pulls, days, requested_by, dag_id, run_id, try_number)
VALUES (
    %(from_day)s, %(start_at)s, now(), %(pulls)s, %(days)s, %(requested_by)s,
    ops.run('dag_id'), ops.run('run_id'), ops.run('try_number')::integer
);
