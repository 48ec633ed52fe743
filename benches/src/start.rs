//! Start to first answer, idle memory, size.

use std::io;
use std::time::Duration;

use crate::process::{Server, fastapi_environment, portcullis_binary};
use crate::table::{Table, median};

const ROUNDS: usize = 5;

pub fn run() -> io::Result<()> {
    println!("\n(f) start to first answer, idle memory, size");
    let size = std::fs::metadata(portcullis_binary()?)?.len();
    let environment = fastapi_environment();
    let mut figures = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        figures[0].push(idle(Server::demo()?));
        if let Some(folder) = &environment {
            figures[1].push(idle(Server::fastapi(folder, "app_jwt:app")?));
        }
    }
    let mut table = Table::new(["", "first answer ms", "idle MiB", "on disk MiB"]);
    for (name, figures, size) in [
        ("portcullis demo", &figures[0], Some(size)),
        ("FastAPI's chapter", &figures[1], None),
    ] {
        if figures.is_empty() {
            continue;
        }
        let (start, memory) = (median(figures.iter().map(|f| f.0)), median(figures.iter().map(|f| f.1)));
        let size = size.map_or("-".into(), |bytes| format!("{:.1}", bytes as f64 / 1048576.0));
        table.row([name.into(), format!("{start:.0}"), format!("{memory:.1}"), size]);
    }
    table.print();
    Ok(())
}

/// Milliseconds to the first answer, and MiB held a second later.
fn idle(server: Server) -> (f64, f64) {
    std::thread::sleep(Duration::from_secs(1));
    (
        server.first_answer.as_secs_f64() * 1e3,
        server.resident_kib().unwrap_or_default() as f64 / 1024.0,
    )
}
