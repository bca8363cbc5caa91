-- Ends of the 95% interval of a share (Wilson, 1927); null where there is nothing to divide by.
create macro wilson_lower(part, whole) as case when whole > 0 then greatest(0, (
    part + 1.920729 - 1.96 * sqrt(part * (whole - part) / whole + 0.960365)
) / (whole + 3.841459)) end;

create macro wilson_upper(part, whole) as case when whole > 0 then least(1, (
    part + 1.920729 + 1.96 * sqrt(part * (whole - part) / whole + 0.960365)
) / (whole + 3.841459)) end;

-- What a parcel in a band counts for the excess just below an exemption. Bands are twentieths of it: those of 90–100% (18
-- and 19) count one, less what a quadratic through the bands of 50–90% (10 to 17) leads on to there, by least squares.
create macro excess_weight(band) as case
    when band in (18, 19) then 1.0
    when band between 10 and 17 then -[91, -9, -69, -89, -69, -9, 91, 231][band - 9] / 84.0
    else 0.0
end;
