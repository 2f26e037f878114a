//! What a folder has after crashes.

use super::*;
use crate::media::transfer::TransferError;
use crate::media::transfer::job::End;

const JOB: Job = Job::Ended(End::Failed(TransferError::Forged));

fn id(now_ms: u64) -> JobId {
    JobId::draw(now_ms).unwrap()
}

fn names(root: &Path) -> Vec<String> {
    let names = fs::read_dir(root).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn notes_are_there_after_a_start_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("transfers")).unwrap();
    let (first, second) = (id(1), id(2));
    folder.add(second, &JOB).unwrap();
    folder.add(first, &JOB).unwrap();
    drop(folder);
    let folder = Folder::open(dir.path().join("transfers")).unwrap();
    let ids: Vec<JobId> = folder.load().unwrap().iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [first, second]);
}

#[test]
fn one_at_a_time_has_it_open() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().to_owned()).unwrap();
    let second = Folder::open(dir.path().to_owned());
    assert_eq!(second.err().unwrap().kind(), ErrorKind::WouldBlock);
    drop(folder);
    assert!(Folder::open(dir.path().to_owned()).is_ok());
}

#[test]
fn what_belongs_to_nothing_goes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().to_owned()).unwrap();
    let (known, orphan) = (id(1), id(2));
    folder.add(known, &JOB).unwrap();
    for id in [known, orphan] {
        folder
            .seal(id, &Source::Bytes(Bytes::from_static(b"x")))
            .unwrap();
    }
    fs::write(dir.path().join(format!("{known}.new")), b"half").unwrap();
    fs::write(dir.path().join("of somebody else"), b"").unwrap();
    drop(folder);
    Folder::open(dir.path().to_owned()).unwrap();
    let left = [
        format!("{known}.json"),
        format!("{known}.sealed"),
        "lock".to_owned(),
        "of somebody else".to_owned(),
    ];
    assert_eq!(names(dir.path()), left);
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(format!("{}.json", id(1))), b"{\"later\":1}").unwrap();
    let folder = Folder::open(dir.path().to_owned()).unwrap();
    assert!(folder.load().unwrap().is_empty());
    drop(folder);
    assert_eq!(names(dir.path()).len(), 2);
}

#[test]
fn what_was_removed_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("transfers")).unwrap();
    let id = id(1);
    folder.add(id, &JOB).unwrap();
    let to = dir.path().join("file");
    let mut partial = folder.partial(id, &to).unwrap();
    partial.write_all(b"half").unwrap();
    folder.remove(id, Some(&to)).unwrap();
    folder.save(id, &JOB).unwrap();
    folder.publish(id, partial, &to).unwrap();
    assert!(folder.partial(id, &to).is_err());
    assert_eq!(names(&dir.path().join("transfers")), ["lock"]);
    assert_eq!(names(dir.path()), ["transfers"]);
}

#[test]
fn a_part_is_its_bytes_or_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().to_owned()).unwrap();
    let id = id(1);
    let plain = Bytes::from(vec![7; 300_000]);
    let sealed = folder.seal(id, &Source::Bytes(plain)).unwrap();
    let whole = fs::read(dir.path().join(format!("{id}.sealed"))).unwrap();
    let mut part = folder.part(id, &(1_000..200_000)).unwrap();
    let mut read = Vec::new();
    while let Some(piece) = part.next().unwrap() {
        read.extend_from_slice(&piece);
    }
    assert_eq!(read, whole[1_000..200_000]);
    let longer = folder.part(id, &(0..sealed.sealed_bytes + 1));
    assert_eq!(longer.err().unwrap().kind(), ErrorKind::UnexpectedEof);
    // One that becomes shorter meanwhile is found out too.
    let mut shorter = folder.part(id, &(0..sealed.sealed_bytes)).unwrap();
    let spool = File::options().write(true).open(folder.sealed(id));
    spool.unwrap().set_len(1_000).unwrap();
    let end = std::iter::from_fn(|| shorter.next().transpose()).find_map(Result::err);
    assert_eq!(end.unwrap().kind(), ErrorKind::UnexpectedEof);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("transfers")).unwrap();
    let id = id(1);
    folder.add(id, &JOB).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("transfers")), 0o700);
    assert_eq!(mode(&folder.note(id)), 0o600);
}
