//! The client on the command line.

use heliograph_tests::{Deployment, Terminal, scenarios};

scenarios!(
    two_profiles_talk,
    three_profiles_have_a_group,
    a_file_goes_from_folder_to_folder,
    a_new_phone_is_a_warning,
);

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

    alice.says(&["name", number, "Bob"]).await;
    let contacts = alice.says(&["contacts"]).await;
    assert_eq!((&contacts[0]["name"], contacts.len()), (&"Bob".into(), 1));
    assert_eq!(alice.says(&["chats"]).await[0]["name"], "Bob");
    let exported = alice.says(&["export", "Bob"]).await;
    assert_eq!(exported, alice.says(&["messages", "Bob"]).await);
    alice.says(&["disappear", "Bob", "3600"]).await;
    let last = ["messages", "Bob", "--limit", "1"];
    assert_eq!(alice.says(&last).await[0]["kind"], "timer");
    alice.fails(&["disappear", "Bob", "soon"]).await;

    let theirs = bob.says(&["safety-number", &alice.user_id]).await;
    let ours = alice.says(&["safety-number", number]).await;
    assert_eq!(ours[0]["safety_number"], theirs[0]["safety_number"]);
}

async fn three_profiles_have_a_group(stack: Deployment) {
    let site = stack.site();
    let alice = Terminal::register(site).await;
    let bob = Terminal::register(site).await;
    let carol = Terminal::register(site).await;
    let (his, hers) = (bob.number.as_str(), carol.user_id.as_str());
    let made = alice.says(&["group", "create", "friends", his, hers]).await;
    assert_eq!(made[0]["not_added"].as_array().unwrap().len(), 0);
    let friends = format!("group:{}", made[0]["group_id"].as_str().unwrap());
    let sent = alice
        .says(&["send", &friends, "good morning, you two"])
        .await;
    assert_eq!(sent[0]["status"], "accepted");
    for other in [&bob, &carol] {
        let heard = other.says(&["listen", "--messages", "1"]).await;
        let heard = heard.iter().find(|it| it["event"] == "message").unwrap();
        assert_eq!(heard["text"], "good morning, you two");
        assert_eq!(
            heard["chat"],
            serde_json::json!({"group_id": made[0]["group_id"]})
        );
        let chats = other.says(&["chats"]).await;
        assert_eq!(chats[0]["name"], "friends");
    }
    bob.fails(&["group", "remove", &friends, hers]).await;
    alice.says(&["group", "remove", &friends, hers]).await;
    alice.says(&["send", &friends, "she is gone"]).await;
    bob.says(&["send", &friends, "I see"]).await;
    alice.says(&["listen", "--messages", "1"]).await;
    carol.says(&["listen", "--for", "2"]).await;
    let texts = |chat: Vec<serde_json::Value>| -> Vec<String> {
        let texts = chat
            .iter()
            .map(|it| it["text"].as_str().unwrap().to_owned());
        texts.collect()
    };
    let all = ["good morning, you two", "she is gone", "I see"];
    for phone in [&alice, &bob] {
        let mut chat = texts(phone.says(&["messages", &friends]).await);
        chat.sort_by_key(|text| all.iter().position(|it| it == text));
        assert_eq!(chat, all);
    }
    assert_eq!(texts(carol.says(&["messages", &friends]).await), all[..1]);
    let out = carol.fails(&["send", &friends, "hello?"]).await;
    assert!(out.contains("not in the group"), "{out}");
    let info = alice.says(&["group", "info", &friends]).await;
    assert_eq!(info[0]["members"].as_array().unwrap().len(), 2);
    let receipts = ["group", "receipts", &friends];
    let id = sent[0]["message_id"].as_str().unwrap();
    let receipts = alice.says(&[&receipts[..], &[id]].concat()).await;
    assert_eq!(receipts.len(), 2);
}

async fn a_file_goes_from_folder_to_folder(stack: Deployment) {
    let site = stack.site();
    let alice = Terminal::register(site).await;
    let bob = Terminal::register(site).await;
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.txt");
    std::fs::write(&report, "all is well").unwrap();
    let (his, report) = (bob.user_id.as_str(), report.to_str().unwrap());
    let send = ["media", "send", his, report, "--caption", "as promised"];
    let sent = alice.says(&send).await;
    let id = sent[0]["message_id"].as_str().unwrap();
    let heard = bob.says(&["listen", "--messages", "1"]).await;
    let heard = heard.iter().find(|it| it["event"] == "message").unwrap();
    assert_eq!(
        (&heard["text"], &heard["message_id"]),
        (&"as promised".into(), &id.into())
    );
    let file =
        serde_json::json!({"name": "report.txt", "mime": "application/octet-stream", "bytes": 11});
    assert_eq!(heard["file"], file);
    let to = folder.path().join("got");
    std::fs::create_dir(&to).unwrap();
    let get = ["media", "get", &alice.user_id, id, to.to_str().unwrap()];
    let got = bob.says(&get).await;
    let text = std::fs::read_to_string(got[0]["file"].as_str().unwrap());
    assert_eq!(text.unwrap(), "all is well");
    let again = bob.fails(&get).await;
    assert!(again.contains("is there already"), "{again}");
    let none = alice.fails(&["media", "send", his, "/no/such/file"]).await;
    assert!(none.contains("file not read"), "{none}");
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

    let addresses = site.addresses();
    let elsewhere = tempfile::tempdir().unwrap();
    let register = [
        "register",
        "+46700000001",
        "--keyring",
        "--server",
        &addresses.http,
    ];
    let profile = ["--profile", elsewhere.path().to_str().unwrap()];
    let none = alice.fails(&[&register[..], &profile].concat()).await;
    assert!(none.contains("no keyring here"), "{none}");
    let nobody = alice.fails(&["send", "+46700000000", "hello"]).await;
    assert!(nobody.contains("nobody with this number"), "{nobody}");
    let neither = alice.fails(&["send", "not a user", "hello"]).await;
    assert!(neither.contains("neither a phone number"), "{neither}");
}
