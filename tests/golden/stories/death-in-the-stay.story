# Death is said by an A03 with PID-30 or disposition 20.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T11:00 dispo=20 dead=Y
care M1 DISCHARGED e1 NEW.1 2026-11-05T11:00 GENERAL V1 disposition=20/DIED died by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
