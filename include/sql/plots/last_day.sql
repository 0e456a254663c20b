-- Returns the last business day with coverage; NULL before the first one has ended.
SELECT max(c.business_date) AS last_day
FROM mart.coverage AS c;
