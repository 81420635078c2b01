# PID and MRG name the same person: nothing moves.
> A01 I V1 2026-11-02T11:00 mrn=8
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A40 O - 2026-11-03T11:00 mrn=8 move=M1
care M1 nothing: encounters.25 a move to itself
