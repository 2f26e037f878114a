//! What a folder has after crashes.

use super::*;
use crate::media::transfer::TransferError;

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
    drop(partial);
    fs::write(beside(id, &to), b"whole").unwrap();
    folder.publish(id, &to).unwrap();
    fs::remove_file(beside(id, &to)).unwrap();
    assert!(folder.partial(id, &to).is_err());
    assert_eq!(names(&dir.path().join("transfers")), ["lock"]);
    assert_eq!(names(dir.path()), ["transfers"]);
}

#[test]
fn what_is_whole_is_noted_before_it_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("transfers")).unwrap();
    let (id, to) = (id(1), dir.path().join("file"));
    folder.add(id, &JOB).unwrap();
    folder
        .partial(id, &to)
        .unwrap()
        .write_all(b"whole")
        .unwrap();
    // There is no giving it this name: all comes to pass but that.
    fs::create_dir_all(to.join("in the way")).unwrap();
    folder.publish(id, &to).unwrap_err();
    let noted = |folder: &Folder| folder.load().unwrap().remove(0).1;
    assert!(noted(&folder) == Job::Ended(End::Downloaded(to.clone())));
    fs::remove_dir_all(&to).unwrap();
    folder.publish(id, &to).unwrap();
    assert_eq!(fs::read(&to).unwrap(), b"whole");
    let again = folder.publish(id, &to).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);
}

#[test]
fn one_at_a_time_writes_what_comes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("transfers")).unwrap();
    let (id, to) = (id(1), dir.path().join("file"));
    folder.add(id, &JOB).unwrap();
    let first = folder.partial(id, &to).unwrap();
    let second = folder.partial(id, &to);
    assert_eq!(second.unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(first);
    folder.partial(id, &to).unwrap();
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
