# Billing changes the class after the discharge: the stay happened.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-04T11:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-04T11:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A08 OBS V1 2026-11-06T09:00
