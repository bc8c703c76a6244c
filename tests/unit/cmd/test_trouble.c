/* The story of what went wrong, as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/aws/trouble.h"

/* The first shard has the number 0; of one that is not known, none is told. */
static void test_shards(void **state)
{
    struct trouble t = {.shard_count = 2};
    json_t *json = json_object(), *shards;

    (void)state;
    t.shards[0] = (struct shard_story){
            .execution = (char *)(uintptr_t) "a", .status = "FAILED", .shard = 0};
    t.shards[1] = (struct shard_story){
            .execution = (char *)(uintptr_t) "b", .status = "FAILED", .shard = -1};
    trouble_add_json(&t, json);
    shards = json_object_get(json, "failedShards");
    assert_int_equal(json_array_size(shards), 2);
    assert_true(json_is_integer(json_object_get(json_array_get(shards, 0), "shard")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(shards, 0), "shard")), 0);
    assert_null(json_object_get(json_array_get(shards, 1), "shard"));
    json_decref(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_shards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
