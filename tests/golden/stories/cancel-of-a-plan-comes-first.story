# An A38 that overtook its A05: the plan is never told.
> A38 P V1 2026-11-01T09:00 rec=2026-11-01T10:00
> A05 P V1 2026-11-01T09:00 exp=2026-11-10T07:00
> risk
risk M1 nothing
