-- Whose token a subscription goes on with: of whoever made it, or last said where it goes or that it goes on.
-- A release before this one makes subscriptions without it: those are vouched for by whoever made them.
alter table subscriptions add column vouched_by text;

-- Why it is paused, in one word; `because` says it in full.
alter table subscriptions add column paused_for text check (paused_for in ('asked', 'failing', 'another_log', 'restored', 'revoked'));
update subscriptions set paused_for = case
    when because like 'failing since %' then 'failing'
    when because like 'the log is not the one %' then 'another_log'
    when because like 'the log was restored, %' then 'restored'
    else 'asked' end
where status = 'paused';

-- How long the receiver took for the last message that it took; null where it took none yet.
alter table subscriptions add column answered_in_ms integer;
update subscriptions s set answered_in_ms = last.duration_ms
from (
    select distinct on (dossier_id, subscription_id) dossier_id, subscription_id, duration_ms from deliveries
    where status between 200 and 299 order by dossier_id, subscription_id, entry desc
) last
where last.dossier_id = s.dossier_id and last.subscription_id = s.id;
