# The visit is of somebody whom the plan does not know.
> A01 I V1 2026-11-02T11:00 mrn=8
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A44 O - 2026-11-03T11:00 mrn=8 move=-
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.25
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
> A03 I V1 2026-11-05T11:00 mrn=8 dispo=01
