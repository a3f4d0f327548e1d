-- A store of schema 3 as a server of the last commit that made such stores
-- (030b20b) left it: chat77d was killed (SIGKILL) under native clients. Made by
-- `sqlite3 chat77.db .dump`; the pragmas at the end are not in a dump.
--
-- boss became an admin, muted dave, banned eve and 192.0.2.0/24, kicked zoe and
-- made an invitation. fred logged out. Ann, Žofie and dave have devices, bob has
-- none. Ann and Žofie are linked; dave and bob asked Ann, who blocks eve. What
-- has a message_id: 101, 102 and 103 of Ann, 301 and 302 of Žofie, 401 and 402
-- of dave. Passwords are "secret of" and the alias.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE rooms (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL
) STRICT;
INSERT INTO rooms VALUES(1,'lobby',-4610360684605597243);
CREATE TABLE messages (
  room    INTEGER NOT NULL REFERENCES rooms (id),
  seq     INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  alias   TEXT NOT NULL,
  text    TEXT NOT NULL, crc32 INTEGER,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO messages VALUES(1,1,1795929029309,'Ann','hello',3672049223);
INSERT INTO messages VALUES(1,2,1795929029309,'bob','hello yourself, it''s "quoted"',4079348702);
INSERT INTO messages VALUES(1,3,1795929029309,'Žofie',replace('two\nlines, žluťoučký 😀','\n',char(10)),4103973505);
INSERT INTO messages VALUES(1,4,1795929029310,'dave','before the mute',224843758);
INSERT INTO messages VALUES(1,5,1795929029310,'eve','buy now',891364973);
INSERT INTO messages VALUES(1,6,1795929029311,'Ann','hello again',1892282754);
INSERT INTO messages VALUES(1,7,1795929029317,'bob','the last words',2010893116);
CREATE TABLE accounts (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE,
  alias         TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_ms    INTEGER NOT NULL
, crc32 INTEGER, admin INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO accounts VALUES(1,'boss','boss','$argon2id$v=19$m=8,t=1,p=1$5R+pr4fTkH7n6MuwVA9T/Q$2ha91PovzkjeJakq9vZ6hjbCWhn9tKA1VAfplTx6vXU',1795929029299,531167766,1);
INSERT INTO accounts VALUES(2,'ann','Ann','$argon2id$v=19$m=8,t=1,p=1$r5CmlL2MeVkvE5wTdNlxYw$RuRxNHBgbF38+57oia/RbxRwlX0HtkbX3+dCVB3THt0',1795929029302,4165115857,0);
INSERT INTO accounts VALUES(3,'bob','bob','$argon2id$v=19$m=8,t=1,p=1$G+nCW5f9QEKU7lI4I9J+jQ$prG45ItagGeYkj54+t44JEhQ0Gi9X4RC21eTB/UJExk',1795929029303,78499619,0);
INSERT INTO accounts VALUES(4,'žofie','Žofie','$argon2id$v=19$m=8,t=1,p=1$6dLjThEUARgPIYQZYzzUlQ$xBubvzPQfxYqa3+DeC5AwiDhF0IoNqfymMJzFa8LN58',1795929029304,38443413,0);
INSERT INTO accounts VALUES(5,'dave','dave','$argon2id$v=19$m=8,t=1,p=1$5CYKIG+FaMw1v3D0akK3jQ$BQkPA9bxY/IFYLnv8ciwq4KUxuLFqM5uaUlbXHj2+9M',1795929029305,1467495246,0);
INSERT INTO accounts VALUES(6,'eve','eve','$argon2id$v=19$m=8,t=1,p=1$kETbb3SC01/m7RIq/R0flg$m38SYQRXzYjsM+DWETqEIGxK80dqZBh4W7+VXcc5b5A',1795929029306,3034617345,0);
INSERT INTO accounts VALUES(7,'fred','fred','$argon2id$v=19$m=8,t=1,p=1$SQcQ1aDxLptiVBOCw7gAhA$+kd1hHbVhL/R5WlW74T1XdhikDK9eLUs54BBqUbttSI',1795929029307,4060081983,0);
INSERT INTO accounts VALUES(8,'zoe','zoe','$argon2id$v=19$m=8,t=1,p=1$knRneq1iG6osEBLhYvnUUQ$nGXUOOudBcQsug84z7+qqXX226dv9jhzDZhj6FHsylM',1795929029308,3155062011,0);
CREATE TABLE connections (
  id        INTEGER PRIMARY KEY,
  alias     TEXT NOT NULL,
  address   TEXT NOT NULL,
  port      INTEGER NOT NULL,
  login_ms  INTEGER NOT NULL,
  logout_ms INTEGER,
  reason    TEXT NOT NULL
, device INTEGER) STRICT;
INSERT INTO connections VALUES(1,'boss','127.0.0.1',54354,1795929029300,NULL,'',1);
INSERT INTO connections VALUES(2,'Ann','127.0.0.1',54366,1795929029302,NULL,'',2);
INSERT INTO connections VALUES(3,'bob','127.0.0.1',54378,1795929029303,NULL,'',NULL);
INSERT INTO connections VALUES(4,'Žofie','127.0.0.1',54390,1795929029304,NULL,'',3);
INSERT INTO connections VALUES(5,'dave','127.0.0.1',54400,1795929029305,NULL,'',4);
INSERT INTO connections VALUES(6,'eve','127.0.0.1',54402,1795929029306,1795929029315,'banned',5);
INSERT INTO connections VALUES(7,'fred','127.0.0.1',54406,1795929029307,1795929029311,'exit',6);
INSERT INTO connections VALUES(8,'zoe','127.0.0.1',54412,1795929029308,1795929029316,'kicked',NULL);
CREATE TABLE devices (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account    INTEGER NOT NULL REFERENCES accounts (id),
  token_hash BLOB NOT NULL UNIQUE,
  software   TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  used_ms    INTEGER NOT NULL
) STRICT;
INSERT INTO devices VALUES(1,1,X'7d7f7d72aa3834c32da630ce7a85ecd18050cb960b191838e030afd242a27530','chat77',1795929029300,1795929029300);
INSERT INTO devices VALUES(2,2,X'63113d7092f96317f6d4d5ae7b1c20c8b7055771aa10f214c67c7034d253a31d','chat77',1795929029302,1795929029302);
INSERT INTO devices VALUES(3,4,X'46c6750dfd3c2042785680798beca74339ce310e6a1f0b7487c7861632c63ff4','chat77',1795929029304,1795929029304);
INSERT INTO devices VALUES(4,5,X'ae563ec2c8b3ec0559848634fc2b82d32d8570152197b73d4c35c6a7f0d711ae','chat77',1795929029305,1795929029305);
INSERT INTO devices VALUES(5,6,X'a9deed6fd1cbe37f43968527a270d9a1fca805e294f4188fdd0acb9ba92fa7e2','chat77',1795929029306,1795929029306);
CREATE TABLE requests (
  id         INTEGER PRIMARY KEY,
  account    INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  result     INTEGER NOT NULL,
  time_ms    INTEGER NOT NULL,
  answer     BLOB NOT NULL,
  UNIQUE (account, message_id)
) STRICT;
INSERT INTO requests VALUES(1,2,101,1,1795929029309,X'');
INSERT INTO requests VALUES(2,4,301,3,1795929029309,X'');
INSERT INTO requests VALUES(3,5,401,4,1795929029310,X'');
INSERT INTO requests VALUES(4,2,102,6,1795929029311,X'');
INSERT INTO requests VALUES(5,2,103,0,1795929029312,X'c202080a06c5bd6f666965');
INSERT INTO requests VALUES(6,4,302,0,1795929029312,X'ca02050a03416e6e');
INSERT INTO requests VALUES(7,5,402,0,1795929029313,X'c202050a03416e6e');
CREATE TABLE pairs (
  first  INTEGER NOT NULL REFERENCES connections (id),
  second INTEGER NOT NULL REFERENCES connections (id),
  state  INTEGER NOT NULL,
  PRIMARY KEY (first, second)
) STRICT, WITHOUT ROWID;
INSERT INTO pairs VALUES(3,2,1);
INSERT INTO pairs VALUES(4,2,2);
INSERT INTO pairs VALUES(5,2,1);
CREATE TABLE names (
  skeleton TEXT NOT NULL,
  account  INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (skeleton, account)
) STRICT, WITHOUT ROWID;
INSERT INTO names VALUES('ann',2);
INSERT INTO names VALUES('bob',3);
INSERT INTO names VALUES('boss',1);
INSERT INTO names VALUES('dave',5);
INSERT INTO names VALUES('eve',6);
INSERT INTO names VALUES('fred',7);
INSERT INTO names VALUES('zoe',8);
INSERT INTO names VALUES('z̆ofie',4);
CREATE TABLE name_rules (
  rules TEXT NOT NULL
) STRICT;
INSERT INTO name_rules VALUES('1/72.1/15.0.0');
CREATE TABLE blocks (
  account INTEGER NOT NULL REFERENCES accounts (id),
  blocked INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (account, blocked)
) STRICT, WITHOUT ROWID;
INSERT INTO blocks VALUES(2,6);
CREATE TABLE sanctions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       INTEGER NOT NULL,
  account    INTEGER REFERENCES accounts (id),
  target     TEXT NOT NULL,
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER
) STRICT;
INSERT INTO sanctions VALUES(1,0,5,'dave','too loud','boss',1795929029314,1796533829314);
INSERT INTO sanctions VALUES(2,1,6,'eve','spam','boss',1795929029314,NULL);
INSERT INTO sanctions VALUES(3,2,NULL,'192.0.2.0/24','and its network','boss',1795929029315,NULL);
CREATE TABLE invitations (
  code_hash  BLOB NOT NULL PRIMARY KEY,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO invitations VALUES(X'8c85f415224c79fcab9e0a975de5d449236b0ce7faf186eb6b84ebee32df9f84',1796533829316);
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  target  TEXT NOT NULL,
  detail  TEXT NOT NULL,
  hash    BLOB NOT NULL
) STRICT;
INSERT INTO audit VALUES(1,1795929029301,'boss','grant-admin','boss','',X'3a6945e89bddf3eb76492ad6efc52e2c163662dda69f2c457f9272ebaeb6da89');
INSERT INTO audit VALUES(2,1795929029314,'boss','mute','dave','number 1, until 2026-12-06T05:10:29Z: too loud',X'854af8ac58bcbc10259eb4e98de644ec158b597db569d4c5188b8361d9c1efc8');
INSERT INTO audit VALUES(3,1795929029314,'boss','ban','eve','number 2, until lifted: spam',X'f207d311e11809091ac2f62b606808c7529fab81d3270255620c7f8b12f5535d');
INSERT INTO audit VALUES(4,1795929029315,'boss','ban-network','192.0.2.0/24','number 3, until lifted: and its network',X'a485ad99290e463feb41899c97c86204880406d8fced7846310393c8a3c86d52');
INSERT INTO audit VALUES(5,1795929029316,'boss','kick','zoe','idle',X'4a3ee0b3d0c6a52ad024e77d7ce0c182aafd35fd94aed5e28e1d01f09cd95140');
INSERT INTO audit VALUES(6,1795929029316,'boss','invite','','until 2026-12-06T05:10:29Z',X'e9ff16c53a698f60b365c5886c782a4449856d93211e846dee9e207d0665f0b4');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('devices',6);
INSERT INTO sqlite_sequence VALUES('sanctions',3);
CREATE INDEX open_connections ON connections (id) WHERE logout_ms IS NULL;
CREATE INDEX resumable_connections ON connections (device)
WHERE logout_ms IS NULL AND device IS NOT NULL;
CREATE INDEX devices_of_account ON devices (account);
CREATE INDEX devices_by_use ON devices (used_ms);
CREATE INDEX pairs_by_second ON pairs (second);
CREATE INDEX admins ON accounts (id) WHERE admin = 1;
CREATE INDEX sanctions_by_expiry ON sanctions (expires_ms)
WHERE expires_ms IS NOT NULL;
CREATE INDEX invitations_by_expiry ON invitations (expires_ms);
COMMIT;
PRAGMA application_id = 0x63683737;
PRAGMA user_version = 3;
PRAGMA journal_mode = WAL;
