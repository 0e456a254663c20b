-- The last business day of which anything is known; NULL before the first one has ended.
SELECT max(c.business_date) AS last_day
FROM mart.coverage AS c;
