# The same, every message late: nothing is lost, and the end is the same.
> A03 I V1 2026-11-07T15:00 unit=4N dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-07T15:00 GENERAL V1 disposition=01/HOME unit=4N by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A06 I V1 2026-11-02T11:30 unit=4N from=ED
care M1 ADMITTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 unit=4N by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A04 E V1 2026-11-02T08:15 unit=ED
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 unit=ED by encounters.2
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 unit=ED became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 CORRECTED.2 ~links 2026-11-02T11:30 GENERAL V1 unit=4N er=e1 by-er by encounters.6
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
