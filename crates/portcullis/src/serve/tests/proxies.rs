use super::*;
use crate::peer::ForwardedHeader;

/// A server that believes this machine's addresses.
async fn behind(limits: Limits, choose: impl FnOnce(TrustedProxies) -> TrustedProxies) -> Running {
    let proxies = choose(TrustedProxies::new(["127.0.0.1".parse().unwrap()]));
    let server = Server::bind("127.0.0.1:0").await.unwrap().limits(limits);
    Running::of(server.trusted_proxies(proxies), app())
}

/// A PROXY header, version 2, for `198.51.100.7`, port 4711.
const FROM_A_CLIENT: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07\x0a\0\0\x01\x12\x67\0\x50";

/// The same from the proxy itself.
const FROM_THE_PROXY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

async fn peer(server: &Running, before: &[u8], header: &str) -> String {
    let mut client = server.client().await;
    client.write_all(before).await.unwrap();
    let request = format!("GET /peer HTTP/1.1\r\nHost: a\r\n{header}Connection: close\r\n\r\n");
    send(&mut client, &request).await;
    let answer = rest(&mut client).await;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.unwrap_or(answer)
}

#[tokio::test]
async fn a_header_says_who_asks_only_where_the_proxy_is_listed() {
    const SAID: &str = "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n";
    let nobody = Running::start(patient(), app()).await;
    assert!(peer(&nobody, b"", SAID).await.starts_with("127.0.0.1:"));
    let listed = behind(patient(), |proxies| proxies).await;
    assert_eq!(peer(&listed, b"", SAID).await, "198.51.100.7:0");
    assert!(peer(&listed, b"", "").await.starts_with("127.0.0.1:"));
    assert!(
        peer(&listed, b"", "Forwarded: for=198.51.100.7\r\n")
            .await
            .starts_with("127.0.0.1:")
    );
    let by_standard = behind(patient(), |proxies| proxies.header(ForwardedHeader::Forwarded)).await;
    assert_eq!(
        peer(&by_standard, b"", "Forwarded: for=\"[2001:db8::7]:1\"\r\n").await,
        "[2001:db8::7]:0"
    );
}

#[tokio::test]
async fn each_request_of_a_connection_has_its_own_peer() {
    let server = behind(patient(), |proxies| proxies).await;
    let mut client = server.client().await;
    for asks in ["198.51.100.7", "198.51.100.8"] {
        send(
            &mut client,
            &format!("GET /peer HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {asks}\r\n\r\n"),
        )
        .await;
        answer(&mut client, &format!("{asks}:0")).await;
    }
}

#[tokio::test]
async fn a_listed_proxy_without_a_header_of_version_2_is_cut_off_unanswered() {
    let server = behind(patient(), TrustedProxies::proxy_protocol).await;
    for wrong in [
        &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"PROXY TCP4 198.51.100.7 10.0.0.1 4711 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xffxxxx",
    ] {
        let mut client = server.client().await;
        client.write_all(wrong).await.unwrap();
        assert_eq!(rest(&mut client).await, "", "{wrong:?}");
    }
}

#[tokio::test]
async fn the_proxy_header_says_who_asks_and_theirs_is_not_believed() {
    let server = behind(patient(), TrustedProxies::proxy_protocol).await;
    assert_eq!(peer(&server, FROM_A_CLIENT, "").await, "198.51.100.7:4711");
    let forged = "X-Forwarded-For: 203.0.113.9\r\n";
    assert_eq!(peer(&server, FROM_A_CLIENT, forged).await, "198.51.100.7:4711");
    assert!(peer(&server, FROM_THE_PROXY, "").await.starts_with("127.0.0.1:"));
}

#[tokio::test]
async fn who_is_not_listed_sends_no_proxy_header_and_is_served() {
    let proxies = TrustedProxies::new(["10.0.0.0/8".parse().unwrap()]).proxy_protocol();
    let server = Server::bind("127.0.0.1:0").await.unwrap().limits(patient());
    let server = Running::of(server.trusted_proxies(proxies), app());
    assert!(peer(&server, b"", "").await.starts_with("127.0.0.1:"));
    let answer = peer(&server, FROM_A_CLIENT, "").await;
    assert!(
        !answer.contains("198.51.100.7") && !answer.contains(" 200 "),
        "{answer}"
    );
}

#[tokio::test]
async fn a_proxy_header_that_does_not_come_is_waited_for_no_longer_than_for_a_head() {
    let server = behind(patient().head_time(SHORT), TrustedProxies::proxy_protocol).await;
    let mut client = server.client().await;
    client.write_all(&FROM_A_CLIENT[..15]).await.unwrap();
    assert_eq!(rest(&mut client).await, "");
}

#[tokio::test]
async fn who_waits_with_a_proxy_header_makes_room_and_does_not_hold_up_the_end() {
    let server = behind(patient().connections(1), TrustedProxies::proxy_protocol).await;
    let mut silent = server.client().await;
    silent.write_all(&FROM_A_CLIENT[..3]).await.unwrap();
    assert_eq!(peer(&server, FROM_A_CLIENT, "").await, "198.51.100.7:4711");
    assert_eq!(rest(&mut silent).await, "");
    let mut second = server.client().await;
    second.write_all(&FROM_A_CLIENT[..3]).await.unwrap();
    // Accepted, for the place is free again.
    sleep(SHORT).await;
    server.end().await;
    assert_eq!(rest(&mut second).await, "");
}
