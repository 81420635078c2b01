# Three classes under one number.
> A04 E V1 2026-11-02T08:00
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:00 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A08 OBS V1 2026-11-02T12:00
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T12:00 GENERAL V1 became=e1 as=OBSERVATION by encounters.11
care M1 OBSERVATION_STARTED e1 NEW.1 2026-11-02T12:00 GENERAL V1 by encounters.14
> A06 I V1 2026-11-03T09:00
care M1 OBSERVATION_ENDED e1 NEW.1 2026-11-03T09:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-03T09:00 GENERAL V1 er=e1 obs=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> risk
risk M1 20261103 MODERATE lace=3(0,3,0,0) to-date er=1 admissions=1 by risk.t9
