# A flag of any message holds for all events of its encounter.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A08 I V1 2026-11-02T12:00 flag=Y
care M1 ADMITTED e1 CORRECTED.2 ~flags 2026-11-02T11:00 GENERAL V1 flag=PD1-12:Y by encounters.6
> A03 I V1 2026-11-05T11:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T11:00 GENERAL V1 disposition=01/HOME flag=PD1-12:Y by encounters.4
alert M1 DISCHARGED e1 ALERT.1 restricted by notify.2
