# A23 of a number under which an ER visit became a stay: both are void.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A06 I V1 2026-11-02T11:30
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A23 O V1 2026-11-03T11:00
care M1 ER_ARRIVED e1 VOIDED.2 2026-11-02T08:15 GENERAL V1 by encounters.19
care M1 ER_DEPARTED e1 VOIDED.2 2026-11-02T11:30 GENERAL V1 by encounters.19
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:30 GENERAL V1 by encounters.19
alert M1 ER_ARRIVED e1 RETRACTION.2 by notify.3
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
> risk
risk M1 20200401 LOW lace=- er=0 admissions=0
