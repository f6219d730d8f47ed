/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SQLite on a database in memory: inserts, an index, joins, aggregation, updates, text search.
 * Built with SQLITE_OS_OTHER, so the file system below it is the one of this file, which has none.
 */
#include "sqlite3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the system below ---- */

static int no_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs, (void)name, (void)flags, (void)out;
    file->pMethods = NULL;
    return SQLITE_CANTOPEN;
}

static int no_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs, (void)name, (void)sync;
    return SQLITE_OK;
}

static int no_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    (void)vfs, (void)name, (void)flags;
    *result = 0;
    return SQLITE_OK;
}

static int full_path(sqlite3_vfs *vfs, const char *name, int size, char *to)
{
    (void)vfs;
    snprintf(to, (size_t)size, "%s", name);
    return SQLITE_OK;
}

static int same_random(sqlite3_vfs *vfs, int size, char *to)
{
    (void)vfs;
    memset(to, 7, (size_t)size);
    return size;
}

static int no_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int same_time(sqlite3_vfs *vfs, double *now)
{
    (void)vfs;
    *now = 2460000.5;
    return SQLITE_OK;
}

int sqlite3_os_init(void)
{
    static sqlite3_vfs vfs = {.iVersion = 1,
                              .szOsFile = sizeof(sqlite3_file),
                              .mxPathname = 64,
                              .zName = "none",
                              .xOpen = no_open,
                              .xDelete = no_delete,
                              .xAccess = no_access,
                              .xFullPathname = full_path,
                              .xRandomness = same_random,
                              .xSleep = no_sleep,
                              .xCurrentTime = same_time};
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void)
{
    return SQLITE_OK;
}

/* ---- the work ---- */

static void check(sqlite3 *db, int result)
{
    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE)
        return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static void insert(sqlite3 *db, int rows)
{
    sqlite3_stmt *statement;
    unsigned random = 1;
    run(db, "begin");
    check(db, sqlite3_prepare_v2(db, "insert into orders values (?1, ?2, ?3, ?4)", -1, &statement,
                                 NULL));
    for (int i = 0; i < rows; i++) {
        char name[32];
        random = random * 1103515245u + 12345u;
        int n = snprintf(name, sizeof name, "item %u of %d", random >> 20, i);
        sqlite3_bind_int(statement, 1, i);
        sqlite3_bind_int(statement, 2, (int)(random >> 16) % 500);
        sqlite3_bind_text(statement, 3, name, n, SQLITE_TRANSIENT);
        sqlite3_bind_double(statement, 4, (double)(random >> 8 & 0xffff) / 16.0);
        check(db, sqlite3_step(statement));
        check(db, sqlite3_reset(statement));
    }
    sqlite3_finalize(statement);
    run(db, "commit");
}

static double query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    double sum = 0.0;
    check(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        sum += sqlite3_column_double(statement, 0);
    check(db, result);
    sqlite3_finalize(statement);
    return sum;
}

static double work(sqlite3 *db, int rows)
{
    static const char *const queries[] = {
        "select sum(price) from orders group by customer order by 1",
        "select o.price from orders o join customers c on c.id = o.customer where c.region = 3",
        "select count(*) from orders where name like '%7 of 1%'",
        "select max(price) from orders group by substr(name, 6, 2)",
        "select a.price from orders a, orders b where a.id = b.customer and b.price > 2000",
    };
    double sum = 0.0;
    run(db, "create table orders (id integer primary key, customer int, name text, price real)");
    run(db, "create table customers (id integer primary key, region int)");
    run(db, "with recursive n(i) as (select 0 union all select i + 1 from n where i < 499) "
            "insert into customers select i, i % 10 from n");
    insert(db, rows);
    run(db, "create index by_customer on orders (customer)");
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        sum += query(db, queries[i]);
    run(db, "update orders set price = price * 1.5 where customer % 7 = 0");
    run(db, "delete from orders where id % 5 = 0");
    sum += query(db, "select total(price) from orders");
    run(db, "drop table orders");
    run(db, "drop table customers");
    return sum;
}

int main(int argc, char **argv)
{
    long scale = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    double sum = 0.0;
    sqlite3 *db;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 1;
    for (long r = 0; r < scale / 5; r++)
        sum += work(db, 20000);
    printf("sqlite %.6f\n", sum);
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
