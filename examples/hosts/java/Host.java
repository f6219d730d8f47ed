// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host in Java, with the binding in Wasm2so.java.   usage: Host LIBGUEST.SO LIBCALC.SO [--bench]
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

public final class Host {
    // What the guest imports.

    private static Object log(Wasm2so.Memory memory, Object[] args) {
        System.out.println("log: " + text(memory.read((int) args[0], (int) args[1])));
        return null;
    }

    private static Object price(Wasm2so.Memory memory, Object[] args) {
        long item = (long) args[0];
        if (item != 7)
            throw new IllegalArgumentException("no price for item " + item);
        return 2.5;
    }

    private static final List<Wasm2so.Import> IMPORTS = List.of(
        new Wasm2so.Import("host", "log", "ii", "", Host::log),
        new Wasm2so.Import("host", "price", "l", "d", Host::price));

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    // Calls.

    private static void showValues(Wasm2so.Guest guest) {
        System.out.println("add(34, 76) = " + guest.call("add", 34, 76));
        System.out.println("next(9007199254740993) = " + guest.call("next", 9007199254740993L));
        System.out.println("mean(1.5, 4) = " + guest.call("mean", 1.5f, 4.0));
        Object[] both = (Object[]) guest.call("divmod", 17, 5);
        System.out.println("divmod(17, 5) = " + both[0] + ", " + both[1]);
    }

    private static void showStrings(Wasm2so.Guest guest) {
        byte[] name = "world".getBytes(StandardCharsets.UTF_8);
        int buffer = (int) guest.call("buffer");
        guest.memory().write(buffer, name);
        Object[] range = (Object[]) guest.call("greet", buffer, name.length);
        System.out.println("greet: " + text(guest.memory().read((int) range[0], (int) range[1])));
    }

    private static void showHostError(Wasm2so.Guest guest) {
        System.out.println("total(7, 3) = " + guest.call("total", 7L, 3));
        try {
            guest.call("total", -1L, 3);
        } catch (IllegalArgumentException error) { // as price threw it
            System.out.println("error: " + error.getMessage());
        }
    }

    private static void showTrap(Wasm2so.Guest guest, String name, Object... args) {
        try {
            guest.call(name, args);
        } catch (Wasm2so.Trap trap) {
            System.out.println("trap: " + trap.getMessage());
        }
    }

    private static int length(String text) {
        return text.length();
    }

    private static int depth(int n) {
        return 1 + depth(n + 1);
    }

    // Null checks and the ends of stacks are faults for the JVM as well, in compiled code as before.
    private static void checkJava() {
        int caught = 0;
        for (int i = 0; i < 20000; i++) {
            try {
                length(i % 100 == 0 ? null : "text");
            } catch (NullPointerException error) {
                caught++;
            }
        }
        try {
            depth(0);
        } catch (StackOverflowError error) {
            caught++;
        }
        if (caught != 201)
            throw new AssertionError("caught " + caught);
    }

    private static void showTraps(Wasm2so.Guest guest) {
        showTrap(guest, "divmod", 1, 0);
        showTrap(guest, "peek", -4);
        checkJava();
        showTrap(guest, "depth", Integer.MAX_VALUE);
        checkJava();
        showTrap(guest, "fail");
    }

    private static void showDeadline(Wasm2so.Guest guest) {
        guest.setDeadline(10_000_000); // 10 ms
        showTrap(guest, "spin");
        guest.resume();
        System.out.println("add(1, 2) = " + guest.call("add", 1, 2));
    }

    private static void showPool(Wasm2so.Module module) throws InterruptedException {
        try (Wasm2so.Pool pool = new Wasm2so.Pool(module, IMPORTS, 10)) {
            System.out.print("requests:");
            for (int i = 0; i < 3; i++)
                System.out.print(" " + pool.request(guest -> guest.call("count")));
            Object[] sums = new Object[4];
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < sums.length; i++) {
                int number = i;
                threads.add(new Thread(() -> {
                    sums[number] = pool.request(guest -> guest.call("add", 34, 76));
                    checkJava();
                }));
            }
            threads.forEach(Thread::start);
            System.out.print("\nthreads:");
            for (int i = 0; i < sums.length; i++) {
                threads.get(i).join();
                System.out.print(" " + sums[i]);
            }
            System.out.println();
        }
    }

    // The exported C function, as JNA's fastest way (direct mapping) calls it.
    private static void bench(Wasm2so.Guest guest, String path) {
        Exports.register(path);
        final int calls = 3_000_000;
        int sum = 0;
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++)
            sum = Exports.guest_add(guest.instance(), sum, 1);
        double seconds = (System.nanoTime() - start) * 1e-9;
        System.out.printf("java: %.1f million calls a second%n", sum / seconds / 1e6);
    }

    private static final class Exports {
        static void register(String path) {
            com.sun.jna.Native.register(Exports.class, NativeLibrary.getInstance(path));
        }

        static native int guest_add(Pointer instance, int a, int b);
    }

    public static void main(String[] args) throws InterruptedException {
        try (Wasm2so.Module module = new Wasm2so.Module(args[0]);
             Wasm2so.Store store = new Wasm2so.Store()) {
            Wasm2so.Guest guest = store.instantiate(module, IMPORTS);
            if (args.length > 2 && args[2].equals("--bench")) {
                bench(guest, args[0]);
                return;
            }
            checkJava();
            showValues(guest);
            showStrings(guest);
            showHostError(guest);
            showTraps(guest);
            showDeadline(guest);
            Object[] of = {Pointer.NULL, 34, 76};
            System.out.println("without an instance: " // calc imports nothing
                + NativeLibrary.getInstance(args[1]).getFunction("calc_add").invokeInt(of));
            showPool(module);
        }
    }
}
