# A message as it is on the wire: blanks in ids, no PV1 times, a bad EVN-6.
> hl7 MSH|^~\&|EHR|GENERAL|PLAN|H|20261102110000||ADT^A01|X 1|P|2.3 \ EVN|A01|20261102110000||||soon \ PID|1||00 77^^^G^MR \ PV1|1|I|4N^1|||||||||||||||| 0018446744073709551617
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL  0018446744073709551617 unit=4N by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
