# A hospital's merge: the stay goes to the member whose it is, late messages too, and is withdrawn here.
> A01 I V1 2026-11-02T11:00 mrn=8 flag=Y
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 flag=PD1-12:Y by encounters.1
alert M1 ADMITTED e1 ALERT.1 restricted by notify.1
> A40 O - 2026-11-03T11:00 mrn=8 move=M2
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 moved-to=M2 by encounters.25
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
care M2 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 flag=PD1-12:Y moved-from=M1 by encounters.1
alert M2 ADMITTED e1 ALERT.1 restricted by notify.1
> A03 I V1 2026-11-05T11:00 mrn=8 dispo=01
care M2 DISCHARGED e1 NEW.1 2026-11-05T11:00 GENERAL V1 disposition=01/HOME flag=PD1-12:Y moved-from=M1 by encounters.4
alert M2 DISCHARGED e1 ALERT.1 restricted by notify.2
