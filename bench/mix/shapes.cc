/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Virtual calls over objects of five classes, std::unique_ptr, std::shared_ptr and a visitor.
 */
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

struct visitor;

struct shape {
    virtual ~shape() = default;
    virtual double area() const = 0;
    virtual double grow(double by) = 0;
    virtual void accept(visitor &v) const = 0;
};

struct visitor {
    int round = 0, square = 0;
};

struct circle : shape {
    double radius;
    explicit circle(double r) : radius(r)
    {
    }
    double area() const override
    {
        return 3.14159265 * radius * radius;
    }
    double grow(double by) override
    {
        return radius += by;
    }
    void accept(visitor &v) const override
    {
        v.round++;
    }
};

struct rectangle : shape {
    double width, height;
    rectangle(double w, double h) : width(w), height(h)
    {
    }
    double area() const override
    {
        return width * height;
    }
    double grow(double by) override
    {
        return width += by;
    }
    void accept(visitor &v) const override
    {
        v.square++;
    }
};

struct square final : rectangle {
    explicit square(double side) : rectangle(side, side)
    {
    }
    double grow(double by) override
    {
        return width = height += by;
    }
};

struct triangle final : shape {
    double base, height;
    triangle(double b, double h) : base(b), height(h)
    {
    }
    double area() const override
    {
        return base * height / 2;
    }
    double grow(double by) override
    {
        return height += by;
    }
    void accept(visitor &) const override
    {
    }
};

struct group final : shape {
    std::vector<std::shared_ptr<shape>> parts;
    double area() const override
    {
        double sum = 0;
        for (const auto &part : parts)
            sum += part->area();
        return sum;
    }
    double grow(double by) override
    {
        for (auto part : parts)
            by = part->grow(by) * 0.001;
        return by;
    }
    void accept(visitor &v) const override
    {
        for (const auto &part : parts)
            part->accept(v);
    }
};

static uint32_t seed = 3;

static std::unique_ptr<shape> make(int depth)
{
    seed = seed * 1664525 + 1013904223;
    double size = (seed >> 8 & 255) / 64.0;
    switch (seed >> 29) {
    case 0:
    case 1: return std::make_unique<circle>(size);
    case 2: return std::make_unique<rectangle>(size, 2);
    case 3: return std::make_unique<square>(size);
    case 4:
    case 5: return std::make_unique<triangle>(size, 1);
    default: break;
    }
    auto parts = std::make_unique<group>();
    for (int i = 0; i < 3 && depth > 0; i++)
        parts->parts.emplace_back(make(depth - 1));
    return parts;
}

int main()
{
    double sum = 0;
    visitor v;
    for (int round = 0; round < 6; round++) {
        std::vector<std::unique_ptr<shape>> all;
        for (int i = 0; i < 4000; i++)
            all.push_back(make(3));
        for (int i = 0; i < 50; i++)
            for (auto &s : all) {
                sum += s->area() + s->grow(0.01);
                s->accept(v);
            }
    }
    std::printf("%.3f %d %d\n", sum, v.round, v.square);
}
