# A stay open for 30 days whose member is then seen elsewhere: presumed over.
> A01 I V1 2026-09-01T11:00 fac=GENERAL
care M1 ADMITTED e1 NEW.1 2026-09-01T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> timer
> A04 E C1 2026-10-20T08:00 fac=COUNTY feed=county
care M1 ER_ARRIVED e2 NEW.1 2026-10-20T08:00 COUNTY C1 by encounters.2
care M1 DISCHARGED e1 NEW.1 GENERAL V1 presumed by encounters.24
alert M1 ER_ARRIVED e2 ALERT.1 by notify.3
