/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Gravity among a few bodies, leapfrog integration: scalar double arithmetic, square roots and
 * divisions on an array of structs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODIES = 6 };

struct body {
    double position[3], velocity[3], mass;
};

static void make_bodies(struct body *bodies)
{
    for (int i = 0; i < BODIES; i++) {
        double r = 1.0 + 3.0 * i, speed = i == 0 ? 0.0 : 1.0 / sqrt(r);
        bodies[i] = (struct body){
            .position = {r * (i % 2 ? 1.0 : -1.0), 0.25 * i, 0.125 * i * i},
            .velocity = {0.0, speed * (i % 2 ? 1.0 : -1.0), 0.001 * i},
            .mass = i == 0 ? 1.0 : 0.001 * i,
        };
    }
    bodies[0].position[0] = 0.0;
}

static void attract(struct body *a, struct body *b, double dt)
{
    double d[3], square = 1e-9;
    for (int k = 0; k < 3; k++) {
        d[k] = a->position[k] - b->position[k];
        square += d[k] * d[k];
    }
    double pull = dt / (square * sqrt(square));
    for (int k = 0; k < 3; k++) {
        a->velocity[k] -= d[k] * b->mass * pull;
        b->velocity[k] += d[k] * a->mass * pull;
    }
}

static void step(struct body *bodies, double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++)
            attract(&bodies[i], &bodies[j], dt);
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            bodies[i].position[k] += dt * bodies[i].velocity[k];
}

static double energy(const struct body *bodies)
{
    double sum = 0.0;
    for (int i = 0; i < BODIES; i++) {
        const double *v = bodies[i].velocity;
        sum += 0.5 * bodies[i].mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    }
    return sum;
}

int main(int argc, char **argv)
{
    long steps = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 60000;
    struct body bodies[BODIES];
    make_bodies(bodies);
    for (long i = 0; i < steps; i++)
        step(bodies, 0.0005);
    printf("nbody %.12e %.12e\n", energy(bodies), bodies[1].position[0]);
    return 0;
}
