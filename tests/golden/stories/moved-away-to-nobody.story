# The visit is of somebody whom the plan does not know.
> A01 I V1 2026-11-02T11:00 mrn=8
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
> A44 O - 2026-11-03T11:00 mrn=8 move=-
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.25
> A03 I V1 2026-11-05T11:00 mrn=8 dispo=01
