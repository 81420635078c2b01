# A11 of a stay that was discharged already: neither admission nor discharge happened.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T10:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A11 I V1 2026-11-02T11:00 rec=2026-11-05T12:00
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.10
care M1 DISCHARGED e1 VOIDED.2 2026-11-05T10:00 GENERAL V1 by encounters.10
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
alert M1 DISCHARGED e1 RETRACTION.2 by notify.2
> risk
risk M1 20200401 LOW lace=- er=0 admissions=0
