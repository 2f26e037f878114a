//! Files that are put whole.

use crate::world::*;
use heliograph_domain::store::Table;

#[tokio::test]
async fn what_is_uploaded_is_found_by_whoever_knows_its_id() {
    let (stage, [alice, bob]) = people().await;
    let media_id = file(&stage, &alice, b"sealed").await;
    assert_eq!(media_id.as_str().len(), 22, "128 bits");
    let ok = download(&stage, &bob, &media_id).await.0.unwrap();
    assert_eq!((ok.size, ok.sha256), (6, hash(b"sealed")));
    assert_eq!(ok.expires_at, stage.app.context().now_ms() + 15 * 60 * 1000);
    assert_eq!(stage.files.get(&ok.url), Ok(6));
    let other = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    assert_eq!(got(&stage, &bob, &other).await, Err("NotFound".to_owned()));
}

#[tokio::test]
async fn an_upload_is_one_write_unit_and_a_download_one_read_unit() {
    let (mut stage, [alice, bob]) = people().await;
    stage.app.limits.uploads_per_day = Some(50);
    stage.app.limits.upload_bytes_per_day = Some(1_000);
    let (signed, bill) = upload(&stage, &alice, whole(b"sealed")).await;
    let signed = signed.unwrap();
    assert_eq!(
        (bill.write_units, bill.read_half_units, bill.store_calls),
        (1, 0, 1)
    );
    assert_eq!(stage.files.calls(), 0);

    stage.files.put(&request(signed.upload), b"sealed").unwrap();
    complete(&stage, &alice, &signed.media_id, Vec::new())
        .await
        .unwrap();
    let asked = stage.files.calls();
    let (answer, bill) = download(&stage, &bob, &signed.media_id).await;
    answer.unwrap();
    assert_eq!(
        (bill.write_units, bill.read_half_units, bill.store_calls),
        (0, 2, 1)
    );
    assert_eq!(stage.files.calls(), asked);
}

#[tokio::test]
async fn only_the_first_who_wants_a_file_that_nobody_completed_costs_a_call() {
    let (stage, [alice, bob]) = people().await;
    let media_id = file(&stage, &alice, b"sealed").await;
    for calls in [1, 1] {
        download(&stage, &bob, &media_id).await.0.unwrap();
        assert_eq!(stage.files.calls(), calls);
    }
}

#[tokio::test]
async fn an_upload_that_never_came_leaves_nothing_behind() {
    let (stage, [alice, bob]) = people().await;
    let signed = upload(&stage, &alice, whole(b"sealed")).await.0.unwrap();
    assert_eq!(
        got(&stage, &bob, &signed.media_id).await,
        Err("NotFound".to_owned())
    );
    let completed = complete(&stage, &alice, &signed.media_id, Vec::new()).await;
    assert_eq!(code(&completed.unwrap_err()), "NotFound");
    assert!(rows(&stage, Table::Media).is_empty());
}

#[tokio::test]
async fn what_is_known_of_a_file_does_not_tell_whose_it_is() {
    let (stage, [alice, bob]) = people().await;
    for bytes in [b"one", b"two"] {
        let media_id = file(&stage, &alice, bytes).await;
        download(&stage, &bob, &media_id).await.0.unwrap();
    }
    let rows = rows(&stage, Table::Media);
    let bodies: Vec<&[u8]> = rows.iter().map(|row| row.bytes("body").unwrap()).collect();
    let [one, two] = bodies[..] else {
        panic!("{rows:?}")
    };
    let user = alice.user_id.as_str().as_bytes();
    let holds = |row: &[u8], what: &[u8]| row.windows(what.len()).any(|part| part == what);
    assert!(!holds(one, user) && !holds(two, user));
    // Nor that two are of the same.
    let owner = |row: &[u8]| {
        let at = row.windows(5).position(|part| part == b"owner").unwrap() + 5;
        row[at..at + 23].to_vec()
    };
    assert_ne!(owner(one), owner(two));
}

#[tokio::test]
async fn only_the_owner_deletes_and_completes() {
    let (stage, [alice, bob]) = people().await;
    for is_known in [false, true] {
        let media_id = file(&stage, &alice, b"sealed").await;
        if is_known {
            download(&stage, &bob, &media_id).await.0.unwrap();
        }
        let completed = complete(&stage, &bob, &media_id, Vec::new()).await;
        assert_eq!(code(&completed.unwrap_err()), "Forbidden");
        let deleted = delete(&stage, &bob, &media_id).await;
        assert_eq!(code(&deleted.unwrap_err()), "Forbidden");
        assert_eq!(got(&stage, &bob, &media_id).await, Ok(6));

        delete(&stage, &alice, &media_id).await.unwrap();
        assert_eq!(
            got(&stage, &bob, &media_id).await,
            Err("NotFound".to_owned())
        );
        let again = delete(&stage, &alice, &media_id).await;
        assert_eq!(code(&again.unwrap_err()), "NotFound");
    }
    assert!(stage.files.names().is_empty());
    assert!(rows(&stage, Table::Media).is_empty());
}

#[tokio::test]
async fn a_file_lives_30_days_whether_anybody_knows_of_it_or_not() {
    let (stage, [alice, bob]) = people().await;
    let known = file(&stage, &alice, b"known").await;
    let unknown = file(&stage, &alice, b"unknown").await;
    download(&stage, &bob, &known).await.0.unwrap();
    stage.clock.advance(DAY * 30 - 1_000);
    assert_eq!(got(&stage, &bob, &known).await, Ok(5));
    // The store of files is late, and has both of them still.
    stage.clock.advance(1_000);
    for media_id in [known, unknown] {
        assert_eq!(
            got(&stage, &bob, &media_id).await,
            Err("NotFound".to_owned())
        );
    }
}

#[tokio::test]
async fn completing_a_file_that_was_put_whole_says_what_it_is_as_often_as_asked() {
    let (stage, [alice, _bob]) = people().await;
    let media_id = file(&stage, &alice, b"sealed").await;
    let first = complete(&stage, &alice, &media_id, Vec::new())
        .await
        .unwrap();
    let second = complete(&stage, &alice, &media_id, Vec::new())
        .await
        .unwrap();
    assert_eq!(first, second);
    assert_eq!((first.size, first.sha256), (6, hash(b"sealed")));
    let expires_at = first.expires_at / 1000 - stage.app.context().now_s();
    assert_eq!(expires_at, DAY / 1000 * 30);
}
