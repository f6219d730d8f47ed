/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A linked list: search by value and by position, reversal, merge sort with a comparison through a
 * pointer, insertion and removal.
 */
#include "crc.h"

enum { NODES = 64, SEARCHES = 32 };

struct node {
    struct node *next;
    int16_t key, place;
};

typedef int compare(const struct node *a, const struct node *b);

static int by_key(const struct node *a, const struct node *b)
{
    return a->key - b->key;
}

static int by_place(const struct node *a, const struct node *b)
{
    return a->place - b->place;
}

static struct node *find_key(struct node *list, int16_t key)
{
    while (list && list->key != key)
        list = list->next;
    return list;
}

static struct node *reverse(struct node *list)
{
    struct node *done = NULL;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static struct node *merge(struct node *a, struct node *b, compare *order)
{
    struct node *head = NULL, **tail = &head;
    while (a && b) {
        struct node **less = order(a, b) <= 0 ? &a : &b;
        *tail = *less;
        tail = &(*less)->next;
        *less = (*less)->next;
    }
    *tail = a ? a : b;
    return head;
}

static struct node *sort(struct node *list, compare *order)
{
    if (!list || !list->next)
        return list;
    struct node *slow = list, *fast = list->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    struct node *half = slow->next;
    slow->next = NULL;
    return merge(sort(list, order), sort(half, order), order);
}

static uint16_t round_trip(struct node **list, uint16_t crc, int16_t seed)
{
    for (int16_t i = 0; i < SEARCHES; i++) {
        struct node *found = find_key(*list, (int16_t)((seed + i * 7) % 97));
        crc = crc8(crc, (uint8_t)(found ? found->place : 0xff));
        if (found && found->next) { /* moves the next one to the front */
            struct node *moved = found->next;
            found->next = moved->next;
            moved->next = *list;
            *list = moved;
        }
        *list = reverse(*list);
    }
    *list = sort(*list, by_key);
    crc = crc32bits(crc, (uint32_t)(*list)->place);
    *list = sort(*list, by_place);
    return crc32bits(crc, (uint32_t)(*list)->key);
}

int main(int argc, char **argv)
{
    struct node *nodes = malloc(NODES * sizeof *nodes), *list = NULL;
    uint16_t crc = 0;
    if (!nodes)
        return 1;
    for (int16_t i = 0; i < NODES; i++) {
        nodes[i] = (struct node){list, (int16_t)(i * 31 % 97), i};
        list = &nodes[i];
    }
    compare *volatile orders[] = {by_key, by_place};
    for (long r = 0; r < scale_of(argc, argv) * 600; r++) {
        crc = round_trip(&list, crc, (int16_t)(r % 97));
        list = sort(list, orders[r & 1]);
    }
    printf("list %04x\n", crc);
    return 0;
}
