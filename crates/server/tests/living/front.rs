//! nginx in front of two nodes, as `docs/fleet.md` has it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::databases::{free_port, program, up};
use super::fleet::{Fleet, Tokens, log_in};
use super::own_tables::fresh;
use super::relay::{Relay, Way};
use super::support::{Answer, Serving, exchange, message};

/// The page's own configuration, in front of these.
fn configuration(place: &Path, port: u16, nodes: &[Serving; 2]) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fleet.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let (_, site) = page.split_once("\n```nginx\n").expect("a block");
    let (site, _) = site.split_once("```").expect("its end");
    let lines = site.lines().filter(|line| !line.contains("ssl_certificate"));
    let site: String = lines.flat_map(|line| [line, "\n"]).collect();
    let site = site.replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
    let site = site.replace("node1.internal:8000", nodes[0].host());
    let site = site.replace("node2.internal:8000", nodes[1].host());
    let place = place.display();
    format!(
        "daemon off; master_process off; pid {place}/pid; error_log stderr crit;
        events {{}}
        http {{
            access_log off; client_body_temp_path {place}; proxy_temp_path {place}; fastcgi_temp_path {place};
            uwsgi_temp_path {place}; scgi_temp_path {place};
            {site}
        }}"
    )
}

/// Gone with the test.
struct Nginx(Child, u16);

impl Nginx {
    fn before(folder: &Path, nodes: &[Serving; 2]) -> Option<Self> {
        let (nginx, port) = (program("nginx")?, free_port());
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration(folder, port, nodes)).expect("written");
        let mut start = Command::new(nginx);
        start.arg("-c").arg(&file).arg("-p").arg(folder).stdout(Stdio::null());
        Some(Self(up(&mut start, port), port))
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        let host = format!("127.0.0.1:{}", self.1);
        let sent = message(&host, "GET", path, Some(token), "", "");
        exchange(&host, "GET", sent.as_bytes()).expect("an answer")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn while_the_database_is_away_everybody_is_told_to_come_again_and_then_all_goes_on_at_once() {
    let Some(url) = fresh("") else { return };
    let (before, rest) = url.rsplit_once(':').expect("a port");
    let (port, name) = rest.split_once('/').expect("a name");
    let relay = Relay::to(port.parse().expect("a port"));
    let fleet = Fleet::on(format!("{before}:{}/{name}", relay.port));
    let nodes = [fleet.serve(), fleet.serve()];
    let folder = tempfile::tempdir().expect("a folder");
    let Some(nginx) = Nginx::before(folder.path(), &nodes) else {
        return;
    };
    let token = Tokens::of(&log_in(&nodes[0], "admin", &fleet.password)).access;
    let me = || nginx.get("/users/me", &token);
    assert_eq!(me().status, 200);
    relay.set(Way::Refused);
    relay.cut();
    while me().status == 200 {}
    // Also those who come when both nodes have answered so.
    for _ in 0..20 {
        let away = me();
        assert_eq!(away.status, 503, "{}", away.text());
        assert!(away.header("retry-after").is_some(), "it is ours and not nginx's");
    }
    relay.set(Way::Open);
    let back = |node: &Serving| while node.get("/users/me", &token).status != 200 {};
    nodes.iter().for_each(back);
    for _ in 0..20 {
        assert_eq!(me().status, 200, "nginx takes nobody for dead");
    }
    // A node that ended is passed over.
    nodes[0].signal("KILL");
    for _ in 0..20 {
        assert_eq!(me().status, 200);
    }
}
