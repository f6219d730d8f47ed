// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// rust_std.rs: the standard library of Rust as a guest uses it: arguments, environment, files,
// directories, links, times, clocks, hash maps (which want random bytes), panics and exit codes.
// Counts its checks as check.c does, under the function of WASI that each leads to. The first
// argument says what to do.
#![feature(wasi_ext)] // FileExt, MetadataExt and symlink, which 1.63 has under it

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::wasi::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

thread_local! {
    static COUNTS: RefCell<BTreeMap<&'static str, (u32, u32)>> = RefCell::new(BTreeMap::new());
}

fn check(function: &'static str, what: &str, holds: bool) {
    COUNTS.with(|counts| {
        let mut counts = counts.borrow_mut();
        let count = counts.entry(function).or_insert((0, 0));
        count.0 += holds as u32;
        count.1 += !holds as u32;
    });
    if !holds {
        println!("FAILED rust_std.rs: {}: {}", function, what);
    }
}

fn fails<T>(function: &'static str, what: &str, kind: ErrorKind, result: io::Result<T>) {
    let got = result.err().map(|error| error.kind());
    check(function, &format!("{}: want {:?}, got {:?}", what, kind, got), got == Some(kind));
}

fn errno<T>(function: &'static str, what: &str, number: i32, result: io::Result<T>) {
    let got = result.err().and_then(|error| error.raw_os_error());
    check(function, &format!("{}: want {}, got {:?}", what, number, got), got == Some(number));
}

fn files() -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open("/data")?;
    file.write_all(b"first line\nsecond line\nthird")?;
    check("fd_seek", "from the end", file.seek(SeekFrom::End(-5))? == 23);
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    check("fd_read", "the rest", text == "third");
    check("fd_tell", "the end", file.stream_position()? == 28);
    fails(
        "fd_seek",
        "before the start",
        ErrorKind::InvalidInput,
        file.seek(SeekFrom::Current(-99)),
    );
    let mut part = [0; 4];
    file.read_exact_at(&mut part, 6)?;
    check("fd_pread", "four bytes", &part == b"line");
    file.write_all_at(b"LINE", 6)?;
    check("fd_pwrite", "leaves the position", file.stream_position()? == 28);
    file.rewind()?;
    let lines: Vec<_> = BufReader::new(&file).lines().collect::<Result<_, _>>()?;
    check("fd_read", "lines", lines == ["first LINE", "second line", "third"]);
    file.set_len(10)?;
    check("fd_filestat_set_size", "shorter", file.metadata()?.len() == 10);
    file.set_len(5 << 30)?;
    check("fd_filestat_set_size", "5 GiB", fs::metadata("/data")?.len() == 5 << 30);
    file.sync_all()?;
    file.sync_data()?;
    check("fd_sync", "and fd_datasync", true);
    let parts = [io::IoSlice::new(b"a"), io::IoSlice::new(b""), io::IoSlice::new(b"bc")];
    file.rewind()?;
    check("fd_write", "gathers", file.write_vectored(&parts)? == 3);
    fails(
        "path_open",
        "is there",
        ErrorKind::AlreadyExists,
        OpenOptions::new().write(true).create_new(true).open("/data"),
    );
    fails("path_open", "is not there", ErrorKind::NotFound, File::open("/none"));
    errno("path_open", "a directory for writing", 31, OpenOptions::new().write(true).open("/"));
    errno("fd_write", "to a reader", 76, File::open("/data")?.write(b"x"));
    let mut log = OpenOptions::new().append(true).open("/data")?;
    log.set_len(0)?;
    log.write_all(b"one,")?;
    log.write_all(b"two")?;
    check("fd_write", "appends", fs::read("/data")? == b"one,two");
    check("path_open", "truncates", File::create("/data")?.metadata()?.len() == 0);
    fs::write("/data", "copied")?;
    check("fd_read", "copy", fs::copy("/data", "/copy")? == 6 && fs::read("/copy")? == b"copied");
    fs::remove_file("/copy")?;
    fs::remove_file("/data")
}

fn names(path: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = if entry.file_type()?.is_dir() { "/" } else { "" };
        names.push(entry.file_name().into_string().unwrap() + kind);
    }
    names.sort();
    Ok(names)
}

fn directories() -> io::Result<()> {
    fs::create_dir_all("/tree/a/b")?;
    fails("path_create_directory", "is there", ErrorKind::AlreadyExists, fs::create_dir("/tree"));
    fs::write("/tree/ü€", "")?;
    check("fd_readdir", "three names", names("/tree")? == ["a/", "ü€"]);
    for i in 0..500 {
        fs::write(format!("/tree/a/b/{}", i), "")?;
    }
    check("fd_readdir", "500 names", names("/tree/a/b")?.len() == 500);
    errno("path_remove_directory", "not empty", 55, fs::remove_dir("/tree/a"));
    fs::rename("/tree/a/b", "/tree/moved")?;
    check("path_rename", "moved", names("/tree")? == ["a/", "moved/", "ü€"]);
    fails("path_rename", "gone", ErrorKind::NotFound, fs::rename("/tree/a/b", "/tree/x"));
    check("path_filestat_get", "exists", Path::new("/tree/moved/499").exists());
    errno("path_unlink_file", "a directory", 31, fs::remove_file("/tree/a"));
    fs::remove_dir_all("/tree")?;
    check("path_filestat_get", "is gone", !Path::new("/tree").exists());
    errno("path_open", "out by ..", 76, File::open("/../../etc/passwd"));
    fails("fd_readdir", "is gone", ErrorKind::NotFound, fs::read_dir("/tree"));
    Ok(())
}

#[allow(deprecated)]
fn links() -> io::Result<()> {
    fs::write("/file", "x")?;
    fs::hard_link("/file", "/hard")?;
    let (file, hard) = (fs::metadata("/file")?, fs::metadata("/hard")?);
    check("path_link", "one inode", file.ino() == hard.ino() && hard.nlink() == 2);
    let root = File::open("/")?;
    std::os::wasi::fs::symlink("file", &root, "soft")?;
    check("path_readlink", "its target", fs::read_link("/soft")? == Path::new("file"));
    check("path_symlink", "a link", fs::symlink_metadata("/soft")?.file_type().is_symlink());
    check("path_symlink", "is followed", fs::read("/soft")? == b"x");
    let when = UNIX_EPOCH + Duration::new(1234567890, 123456789);
    check("path_filestat_get", "a time", fs::metadata("/file")?.modified()? > when);
    fs::remove_file("/soft")?;
    fs::remove_file("/hard")?;
    check("path_link", "one left", fs::metadata("/file")?.nlink() == 1);
    fs::remove_file("/file")
}

fn process() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    check("args_get", "as given", args == ["std", "", "two words", "ü€😀"]);
    let env: BTreeMap<_, _> = std::env::vars().collect();
    check("environ_get", "as given", env.len() == 2 && env["A"] == "1" && env["UNI"] == "ü€");
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    check("poll_oneoff", "sleeps", start.elapsed() >= Duration::from_millis(20));
    check(
        "clock_time_get",
        "after 2023",
        SystemTime::now() > UNIX_EPOCH + Duration::from_secs(1_700_000_000),
    );
    let map: HashMap<_, _> = (0..1000).map(|i| (i, i * i)).collect();
    check("random_get", "a hash map", map[&31] == 961);
    std::thread::yield_now();
    check("sched_yield", "returns", true);
    let mut input = String::new();
    check(
        "fd_read",
        "standard input",
        io::stdin().read_line(&mut input).is_ok() && input == "input\n",
    );
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("panic") => panic!("as asked"),
        Some("exit") => std::process::exit(42),
        _ => {}
    }
    process();
    for (name, step) in
        [("files", files as fn() -> io::Result<()>), ("directories", directories), ("links", links)]
    {
        check(
            "path_open",
            name,
            step().map_err(|error| println!("FAILED {}: {}", name, error)).is_ok(),
        );
    }
    COUNTS.with(|counts| {
        for (function, (passed, failed)) in counts.borrow().iter() {
            println!("checks {} {} {}", function, passed, failed);
        }
    });
}
