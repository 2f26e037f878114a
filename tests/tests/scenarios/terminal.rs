//! The client on the command line.

use heliograph_tests::{Deployment, Terminal, scenarios};

scenarios!(two_profiles_talk, a_new_phone_is_a_warning);

async fn two_profiles_talk(stack: Deployment) {
    let site = stack.site();
    let alice = Terminal::register(site).await;
    let bob = Terminal::register(site).await;
    let number = bob.number.as_str();
    let found = alice.says(&["find", number]).await;
    assert_eq!(found[0]["user_id"], bob.user_id.as_str());

    // Bob is away.
    for text in ["good morning", "are you there?"] {
        let sent = alice.says(&["send", number, text]).await;
        assert_eq!(sent[0]["status"], "accepted");
    }
    let heard = bob.says(&["listen", "--messages", "2"]).await;
    let texts = heard.iter().filter(|it| it["event"] == "message");
    let texts: Vec<_> = texts.map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["good morning", "are you there?"]);
    let chats = bob.says(&["chats"]).await;
    assert_eq!((&chats[0]["unread"], chats.len()), (&2.into(), 1));
    bob.says(&["read", &alice.user_id]).await;
    bob.says(&["send", &alice.user_id, "I am"]).await;

    alice.says(&["listen", "--messages", "1"]).await;
    let chat = alice.says(&["messages", number]).await;
    let chat: Vec<_> = chat
        .iter()
        .map(|it| (it["text"].as_str().unwrap(), it["status"].as_str().unwrap()))
        .collect();
    let expected = [
        ("good morning", "read"),
        ("are you there?", "read"),
        ("I am", "received"),
    ];
    assert_eq!(chat, expected);
    assert_eq!(alice.says(&["search", "morn"]).await.len(), 1);

    let second = bob.link(site).await;
    alice.says(&["send", number, "to both of them"]).await;
    for device in [&bob, &second] {
        let heard = device.says(&["listen", "--messages", "1"]).await;
        let is_it = |it: &serde_json::Value| it["text"] == "to both of them";
        assert!(heard.iter().any(is_it), "{heard:?}");
    }

    let theirs = bob.says(&["safety-number", &alice.user_id]).await;
    let ours = alice.says(&["safety-number", number]).await;
    assert_eq!(ours[0]["safety_number"], theirs[0]["safety_number"]);
}

async fn a_new_phone_is_a_warning(stack: Deployment) {
    let site = stack.site();
    let alice = Terminal::register(site).await;
    let bob = Terminal::register(site).await;
    let his = bob.user_id.clone();
    alice.says(&["send", &his, "hello"]).await;
    let number = alice.says(&["safety-number", &his]).await;
    let digits = number[0]["safety_number"].as_str().unwrap();
    alice
        .says(&["safety-number", &his, "--verified", digits])
        .await;
    let others = "0".repeat(60);
    alice
        .fails(&["safety-number", &his, "--verified", &others])
        .await;

    let bob = Terminal::verify(site, bob.number).await;
    assert_eq!(bob.user_id, his);
    let sent = alice.says(&["send", &his, "secret", "--wait", "5"]).await;
    assert_eq!(sent[0]["event"], "keys_changed");
    assert_eq!(sent.last().unwrap()["status"], "pending");
    let number = alice.says(&["safety-number", &his]).await;
    assert_eq!(number[0]["trust"], "changed_since_verified");
    alice.says(&["safety-number", &his, "--accept"]).await;
    alice.says(&["listen", "--for", "3"]).await;
    let heard = bob.says(&["listen", "--messages", "1"]).await;
    assert!(heard.iter().any(|it| it["text"] == "secret"), "{heard:?}");

    let nobody = alice.fails(&["send", "+46700000000", "hello"]).await;
    assert!(nobody.contains("nobody with this number"), "{nobody}");
    let neither = alice.fails(&["send", "not a user", "hello"]).await;
    assert!(neither.contains("neither a phone number"), "{neither}");
}
