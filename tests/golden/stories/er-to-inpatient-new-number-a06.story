# A06 with a new visit number: MRG-5 says which ER visit it was.
> A04 E E1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A06 I V2 2026-11-02T11:30 prior=E1
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:30 GENERAL E1 became=e2 as=INPATIENT by encounters.12
care M1 ADMITTED e2 NEW.1 2026-11-02T11:30 GENERAL V2 er=e1 by-er by encounters.1
alert M1 ADMITTED e2 ALERT.1 after-er by notify.1
> A03 I V2 2026-11-05T10:00 dispo=06
care M1 DISCHARGED e2 NEW.1 2026-11-05T10:00 GENERAL V2 disposition=06/HOME_HEALTH by encounters.4
alert M1 DISCHARGED e2 ALERT.1 by notify.2
