# PV1-36 and final diagnoses come by A08 after the discharge.
> A01 I V1 2026-11-02T11:00 dx=R0602.A
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 dx=R0602.A by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T10:00
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL V1 dx=R0602.A by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A08 I V1 2026-11-05T10:00 rec=2026-11-06T08:00 dispo=03 to=ELM dx=I5032.F,J441.F
care M1 DISCHARGED e1 CORRECTED.2 ~outcome,details 2026-11-05T10:00 GENERAL V1 disposition=03/SNF to=ELM dx=I5032.F,J441.F by encounters.6
care M1 UPDATED e1 NEW.1 GENERAL V1 dx=I5032.F,J441.F by encounters.20
alert M1 DISCHARGED e1 CORRECTION.2 ~disposition,diagnoses,asked by notify.2
