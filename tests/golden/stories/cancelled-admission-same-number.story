# The same under one number; the cancel's class is the one after it.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A01 I V1 2026-11-02T13:00
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T13:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T13:00 GENERAL V1 er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A11 E V1 2026-11-02T13:00 rec=2026-11-02T14:00
care M1 ER_DEPARTED e1 VOIDED.2 2026-11-02T13:00 GENERAL V1 by encounters.10
care M1 ADMITTED e1 VOIDED.2 2026-11-02T13:00 GENERAL V1 by encounters.10
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
> A03 E V1 2026-11-02T18:00 dispo=01
care M1 ER_DEPARTED e1 CORRECTED.3 2026-11-02T18:00 GENERAL V1 disposition=01/HOME by encounters.6
