# New diagnoses and another attending during the stay are an update, not another admission.
> A01 I V1 2026-11-02T11:00 att=D1 dx=R0602.A
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 attending=D1 dx=R0602.A by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A08 I V1 2026-11-03T11:00 att=D1 dx=R0602.A
> A08 I V1 2026-11-03T12:00 att=D2 dx=I5032.W
care M1 UPDATED e1 NEW.1 GENERAL V1 attending=D2 dx=I5032.W by encounters.20
> A08 I V1 2026-11-03T12:30 att=D2
