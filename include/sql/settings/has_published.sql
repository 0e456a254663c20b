-- Whether any business day is published, so that its end depends on the time zones.
SELECT EXISTS(SELECT FROM ops.publication AS p WHERE p.basis <> 'missing') AS has_published;
