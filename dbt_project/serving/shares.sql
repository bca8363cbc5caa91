-- Null when there is nothing to divide by.
create macro share(part, whole) as part / nullif(whole, 0);

-- Whether every promise is due, so that a rate over the promises due is final: those due first are the strict ones.
-- Null while none is due: then there is no rate.
create macro is_promise_rate_final(due, promised) as case when due > 0 then due = promised end;

-- Whether so little of the whole is under way that no share over what ended can move by more than a point: the first to
-- end are the fast ones. Null where there is none.
create macro is_settled(under_way, whole) as case when whole > 0 then under_way <= 0.01 * whole end;

create macro hours(seconds) as seconds / 3600;

-- A number only where all selected rows are of one kind: amounts of several currencies are never added, nor
-- the same waybill's rows on several date bases.
create macro of_one(kind, number) as case when min(kind) = max(kind) then number end;

-- Herfindahl-Hirschman index, 0 to 10,000: the sum of squared shares of the parts named by `ids`.
create macro concentration(ids, amounts) as
    10000 * share(
        list_sum(list_transform(
            list_distinct(ids),
            lambda id: power(list_sum(list_filter(amounts, lambda amount, position: ids[position] = id)), 2)
        )),
        power(list_sum(amounts), 2)
    );
