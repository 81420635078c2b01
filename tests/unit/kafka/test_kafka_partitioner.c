#include <criterion/criterion.h>

#include "kafka/kafka.h"

/* Partitions of the Java client (org.apache.kafka.common.utils.Utils.murmur2, its own unit test's values). */
static const struct {
    const char *key;
    int32_t hash;
} hashes[] = {{"21", -973932308}, {"foobar", -790332482}, {"a-little-bit-long-string", -985981536},
              {"a-little-bit-longer-string", -1486304829}, {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971}};

Test(kafka, the_partitioner_is_the_java_clients)
{
    for (size_t i = 0; i < HO_LENGTH(hashes); i++)
        cr_assert_eq(ho_kafka_partition(ho_slice_of(hashes[i].key), 1000003),
                     (int32_t)(((uint32_t)hashes[i].hash & 0x7fffffffU) % 1000003U), "%s", hashes[i].key);
}
