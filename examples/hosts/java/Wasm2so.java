// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What Host.java needs of wasm2so.h, by JNA. An exception in a host function ends the guest's call as a
// trap and is thrown again where that call was made. JNA frees a callback that nothing refers to: Import
// holds them.
import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

public final class Wasm2so {
    private Wasm2so() {}

    /** The guest trapped. */
    public static final class Trap extends RuntimeException {
        Trap(String message) { super(message); }
    }

    /** Loading, linking, a limit. */
    public static final class Failure extends RuntimeException {
        Failure(String message) { super(message); }
    }

    @Structure.FieldOrder({"kind", "message"})
    public static final class Err extends Structure {
        public int kind;
        public byte[] message = new byte[500];

        <T> T check(T made) {
            if (made == null)
                throw new Failure(Native.toString(message));
            return made;
        }
    }

    @Structure.FieldOrder({"kind", "of"})
    public static final class Extern extends Structure implements Structure.ByValue {
        public int kind;
        public Pointer of;
    }

    @Structure.FieldOrder({"params", "results", "paramCount", "resultCount"})
    public static class FuncType extends Structure {
        public Pointer params, results;
        public int paramCount, resultCount;
    }

    public static final class FuncTypeValue extends FuncType implements Structure.ByValue {}

    @Structure.FieldOrder({"size", "maxInstances", "warm", "keepResident", "store", "define", "env"})
    public static final class PoolConfig extends Structure {
        public long size, maxInstances, warm, keepResident;
        public Pointer store;
        public Define define;
        public Pointer env;
    }

    public interface HostCallback extends Callback {
        Pointer call(Pointer env, Pointer caller, Pointer args, Pointer results);
    }

    public interface Define extends Callback {
        boolean define(Pointer env, Pointer linker, Pointer err);
    }

    private interface Runtime extends Library {
        Pointer w2s_module_load(String path, Err err);
        void w2s_module_free(Pointer module);
        Pointer w2s_store_new(Pointer config);
        void w2s_store_free(Pointer store);
        boolean w2s_store_set_deadline(Pointer store, long nanoseconds, Err err);
        void w2s_store_resume(Pointer store);
        Pointer w2s_linker_new(Pointer store);
        Pointer w2s_linker_store(Pointer linker);
        boolean w2s_linker_define(Pointer linker, String module, String name, Extern item);
        Pointer w2s_instance_new(Pointer store, Pointer module, Pointer linker, Pointer trap, Err err);
        Pointer w2s_instance_func(Pointer instance, String name);
        Pointer w2s_instance_main_memory(Pointer instance);
        Pointer w2s_instance_store(Pointer instance);
        Pointer w2s_func_new(Pointer store, FuncType type, HostCallback callback, Pointer env,
                             Pointer finalize);
        FuncTypeValue w2s_func_type(Pointer func);
        Pointer w2s_call(Pointer func, Pointer args, Pointer results);
        Pointer w2s_trap_new(Pointer store, String message);
        String w2s_trap_message(Pointer trap);
        void w2s_trap_free(Pointer trap);
        Pointer w2s_memory_base(Pointer memory);
        long w2s_memory_size(Pointer memory);
        Pointer w2s_pool_new(Pointer module, PoolConfig config, Err err);
        Pointer w2s_pool_take(Pointer pool, Pointer trap, Err err);
        boolean w2s_pool_give(Pointer pool, Pointer instance);
        void w2s_pool_free(Pointer pool);
    }

    private static final Runtime RT = Native.load("libwasm2so_rt.so.1", Runtime.class);

    private static final String LETTERS = " ilfd"; // by enum w2s_valkind: i32, i64, f32, f64
    private static final int VALUE = 16;           // bytes of a w2s_value

    private static Object get(Pointer values, int i, char kind) {
        switch (kind) {
            case 'i': return values.getInt(i * VALUE);
            case 'l': return values.getLong(i * VALUE);
            case 'f': return values.getFloat(i * VALUE);
            default: return values.getDouble(i * VALUE);
        }
    }

    private static void put(Pointer values, int i, Object value) {
        if (value instanceof Integer n) values.setInt(i * VALUE, n);
        else if (value instanceof Long n) values.setLong(i * VALUE, n);
        else if (value instanceof Float x) values.setFloat(i * VALUE, x);
        else values.setDouble(i * VALUE, (Double) value);
    }

    private static com.sun.jna.Memory valtypes(String letters) {
        com.sun.jna.Memory types = new com.sun.jna.Memory(8 * Math.max(letters.length(), 1));
        types.clear();
        for (int i = 0; i < letters.length(); i++)
            types.setByte(8 * i, (byte) LETTERS.indexOf(letters.charAt(i)));
        return types;
    }

    /** What the host function that ends a call has thrown, in this thread. */
    private static final ThreadLocal<Throwable> THROWN = new ThreadLocal<>();

    /** A host function, of (memory of the caller, arguments); it is kept as long as this object. */
    public static final class Import {
        private final String module, name;
        private final com.sun.jna.Memory paramTypes, resultTypes;
        private final FuncType type = new FuncType();
        private final HostCallback callback;

        public Import(String module, String name, String params, String results,
                      BiFunction<Memory, Object[], Object> function) {
            this.module = module;
            this.name = name;
            type.params = paramTypes = valtypes(params);
            type.results = resultTypes = valtypes(results);
            type.paramCount = params.length();
            type.resultCount = results.length();
            callback = (env, caller, args, out) -> {
                try {
                    Object[] given = new Object[params.length()];
                    for (int i = 0; i < given.length; i++)
                        given[i] = get(args, i, params.charAt(i));
                    Object result = function.apply(new Memory(RT.w2s_instance_main_memory(caller)), given);
                    if (!results.isEmpty())
                        put(out, 0, result);
                    return null;
                } catch (Throwable thrown) { // none may leave
                    THROWN.set(thrown);
                    return RT.w2s_trap_new(RT.w2s_instance_store(caller), thrown.toString());
                }
            };
        }

        boolean define(Pointer linker) {
            Extern item = new Extern();
            item.of = RT.w2s_func_new(RT.w2s_linker_store(linker), type, callback, null, null);
            return item.of != null && RT.w2s_linker_define(linker, module, name, item);
        }
    }

    private static boolean define(List<Import> imports, Pointer linker) {
        return imports.stream().allMatch(item -> item.define(linker));
    }

    /** A memory of the guest; every range is checked. */
    public static final class Memory {
        private final Pointer memory;

        Memory(Pointer memory) { this.memory = memory; }

        private Pointer range(int address, int size) {
            long from = Integer.toUnsignedLong(address), count = Integer.toUnsignedLong(size);
            if (from + count > RT.w2s_memory_size(memory))
                throw new IndexOutOfBoundsException("outside of the memory");
            return RT.w2s_memory_base(memory).share(from);
        }

        public byte[] read(int address, int size) {
            return range(address, size).getByteArray(0, size);
        }

        public void write(int address, byte[] bytes) {
            range(address, bytes.length).write(0, bytes, 0, bytes.length);
        }
    }

    public static final class Module implements AutoCloseable {
        private final Pointer module;

        public Module(String path) {
            Err err = new Err();
            module = err.check(RT.w2s_module_load(path, err));
        }

        @Override public void close() { RT.w2s_module_free(module); }
    }

    public static final class Store implements AutoCloseable {
        private final Pointer store = RT.w2s_store_new(null);

        public Guest instantiate(Module module, List<Import> imports) {
            Err err = new Err();
            Pointer linker = RT.w2s_linker_new(store);
            if (!define(imports, linker))
                throw new OutOfMemoryError();
            return new Guest(err.check(RT.w2s_instance_new(store, module.module, linker, null, err)));
        }

        @Override public void close() { RT.w2s_store_free(store); }
    }

    /** An instance. */
    public static final class Guest {
        private final Pointer instance;

        Guest(Pointer instance) { this.instance = instance; }

        public Pointer instance() { return instance; }

        public Memory memory() { return new Memory(RT.w2s_instance_main_memory(instance)); }

        /** Null, the result, or an array of results. */
        public Object call(String name, Object... given) {
            Pointer func = RT.w2s_instance_func(instance, name);
            String results = results(func);
            Pointer args = values(given.length), out = values(results.length());
            for (int i = 0; i < given.length; i++)
                put(args, i, given[i]);
            Pointer trap = RT.w2s_call(func, args, out);
            if (trap != null)
                throw thrown(trap);
            Object[] got = new Object[results.length()];
            for (int i = 0; i < got.length; i++)
                got[i] = get(out, i, results.charAt(i));
            return got.length > 1 ? got : got.length == 1 ? got[0] : null;
        }

        private static com.sun.jna.Memory values(int count) {
            return new com.sun.jna.Memory(VALUE * Math.max(count, 1));
        }

        private static String results(Pointer func) {
            FuncType type = RT.w2s_func_type(func);
            StringBuilder letters = new StringBuilder();
            for (int i = 0; i < type.resultCount; i++)
                letters.append(LETTERS.charAt(type.results.getByte(8 * i)));
            return letters.toString();
        }

        private static RuntimeException thrown(Pointer trap) {
            String message = RT.w2s_trap_message(trap);
            Throwable thrown = THROWN.get();
            RT.w2s_trap_free(trap);
            THROWN.remove();
            if (thrown instanceof Error error)
                throw error;
            return thrown == null ? new Trap(message) : (RuntimeException) thrown;
        }

        public void setDeadline(long nanoseconds) {
            Err err = new Err();
            err.check(RT.w2s_store_set_deadline(store(), nanoseconds, err) ? this : null);
        }

        /** Takes the deadline back and makes the store usable again. */
        public void resume() {
            RT.w2s_store_set_deadline(store(), 0, null);
            RT.w2s_store_resume(store());
        }

        private Pointer store() { return RT.w2s_instance_store(instance); }
    }

    /** An instance for each request. */
    public static final class Pool implements AutoCloseable {
        private final PoolConfig config = new PoolConfig(); // holds the callback
        private final Pointer pool;

        public Pool(Module module, List<Import> imports, int maxInstances) {
            Err err = new Err();
            config.size = config.size();
            config.maxInstances = maxInstances;
            config.define = (env, linker, failed) -> define(imports, linker);
            pool = err.check(RT.w2s_pool_new(module.module, config, err));
        }

        public <T> T request(Function<Guest, T> handle) {
            Err err = new Err();
            Pointer instance = err.check(RT.w2s_pool_take(pool, null, err));
            try {
                return handle.apply(new Guest(instance));
            } finally {
                RT.w2s_pool_give(pool, instance);
            }
        }

        @Override public void close() { RT.w2s_pool_free(pool); }
    }
}
