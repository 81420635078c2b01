# PV1-36 blank on the A03 and never sent later: the discharge is told all the same, at once.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A06 I V1 2026-11-02T11:30
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A03 I V1 2026-11-04T10:00
care M1 DISCHARGED e1 NEW.1 2026-11-04T10:00 GENERAL V1 by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> risk
risk M1 20261104 MODERATE lace=5(2,3,0,0) er=1 admissions=1 by risk.t2,risk.t9
