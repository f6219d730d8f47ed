/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Agents in an array of structs that move on a grid and fight: branches and short loops.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    float x, y, vx, vy;
    short hp;
    unsigned char team, st;
    int tgt;
} En;

static En e[400];
static short grid[32][32];
static short nx[400];

int main()
{
    unsigned s = 9;
    for (int i = 0; i < 400; i++) {
        s = s * 1664525 + 1013904223;
        e[i] = (En){(s >> 8) % 320, (s >> 16) % 320, 0, 0, 100, i & 1, 0, -1};
    }
    long o = 0;
    for (int t = 0; t < 2500; t++) {
        memset(grid, -1, sizeof grid);
        for (int i = 0; i < 400; i++) {
            int gx = (int)e[i].x / 10, gy = (int)e[i].y / 10;
            nx[i] = grid[gy][gx];
            grid[gy][gx] = i;
        }
        for (int i = 0; i < 400; i++) {
            En *a = &e[i];
            if (a->hp <= 0) {
                if (++a->st > 20) {
                    a->st = 0;
                    a->hp = 100;
                }
                continue;
            }
            int gx = (int)a->x / 10, gy = (int)a->y / 10, best = -1;
            float bd = 1e9f;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++) {
                    int X = gx + dx, Y = gy + dy;
                    if (X < 0 || Y < 0 || X > 31 || Y > 31)
                        continue;
                    for (int j = grid[Y][X]; j >= 0; j = nx[j]) {
                        if (e[j].team == a->team || e[j].hp <= 0)
                            continue;
                        float ddx = e[j].x - a->x, ddy = e[j].y - a->y, d = ddx * ddx + ddy * ddy;
                        if (d < bd) {
                            bd = d;
                            best = j;
                        }
                    }
                }
            a->tgt = best;
            if (best >= 0) {
                En *b = &e[best];
                if (bd < 25) {
                    b->hp -= 3;
                    o++;
                }
                a->vx += (b->x - a->x) * .01f;
                a->vy += (b->y - a->y) * .01f;
            } else {
                s = s * 1664525 + 1013904223;
                a->vx += ((int)(s >> 20) - 2048) * .0005f;
                a->vy += ((int)(s >> 8 & 4095) - 2048) * .0005f;
            }
            a->x += a->vx;
            a->y += a->vy;
            a->vx *= .95f;
            a->vy *= .95f;
            if (a->x < 0) {
                a->x = 0;
                a->vx = -a->vx;
            }
            if (a->x > 319) {
                a->x = 319;
                a->vx = -a->vx;
            }
            if (a->y < 0) {
                a->y = 0;
                a->vy = -a->vy;
            }
            if (a->y > 319) {
                a->y = 319;
                a->vy = -a->vy;
            }
        }
    }
    printf("%ld %.3f\n", o, e[7].x);
}
