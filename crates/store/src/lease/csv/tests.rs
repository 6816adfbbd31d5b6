use super::*;

/// Reads a line into memory nobody gives back.
fn read(family: Family, line: &str) -> Result<Row<'static>, RowError> {
    let line = line.as_bytes().to_vec().leak();
    Row::decode(family, Header::current(family), line, Box::leak(Box::default()))
}

fn rewritten(family: Family, line: &str) -> String {
    let mut out = Vec::new();
    read(family, line).unwrap().encode(family, &mut out);
    String::from_utf8(out).unwrap().trim_end().to_owned()
}

#[test]
fn rows_of_a_real_kea_come_back_as_they_were() {
    let v6 = r#"fd00::1,00:01:02:03,3600,4000000000,1,2000,0,8,128,1,1,a&#x2cb,02:00:00:00:00:01,0,{ "a": 1&#x2c "b": "x&#x26;y" },1,2,0"#;
    assert_eq!(rewritten(Family::V6, v6), v6);
    let prefix = "fd00:1::,00:01:02:04,3600,4000000000,1,2000,2,9,56,0,0,,,0,,,,0";
    assert_eq!(rewritten(Family::V6, prefix), prefix);
    let v4 = "192.0.2.5,02:00:00:00:00:01,01:02,3600,4000000000,1,0,0,a&#x26#xzz,0,,7";
    assert_eq!(rewritten(Family::V4, v4), v4);
    let declined = "192.0.2.2,,,3600,4000000000,1,0,0,,1,,0";
    assert_eq!(rewritten(Family::V4, declined), declined);
}

#[test]
fn odd_numbers_are_read_as_kea_reads_them() {
    let row = read(Family::V6, "fd00::d,00:01:02:05,-1,4000000000,1,2000,0,9,128,0,0,,,0,,,,0").unwrap();
    assert_eq!((row.valid, row.cltt), (u32::MAX, 4_000_000_001));
    let old = "fd00::10,00:01:02:05,3600,100,1,2000,0,9,128,0,0,,,0,,,,0";
    assert!(rewritten(Family::V6, old).contains(",4294967396,"));
    let long = "fd00::6,00:01:02:05,3600,4000000000,1,2000,0,9,64,0,0,,,0,,,,0";
    assert_eq!(read(Family::V6, long).unwrap().length, 128);
}

#[test]
fn a_bad_hardware_address_costs_a_v6_lease_nothing_else() {
    let row = read(Family::V6, "fd00::16,00:01:02:05,3600,4000000000,1,2000,0,9,128,0,0,,zz,0,,,,0").unwrap();
    assert_eq!(row.hw, None);
    let row = read(Family::V6, "fd00::16,00:01:02:05,3600,4000000000,1,2000,0,9,128,0,0,,02:00,0,,70000,1,0").unwrap();
    assert_eq!(row.hw, None);
}

#[test]
fn bad_rows_say_what_is_wrong_with_them() {
    let cases = [
        ("bogus,00:01:02:05,3600,4000000000,1,2000,0,9,128,0,0,,,0,,,,0", RowError::Address("bogus".into())),
        ("fd00::3,zz:01:02,3600,4000000000,1,2000,0,9,128,0,0,,,0,,,,0", RowError::Hex("zz:01:02".into())),
        ("fd00::b,,3600,4000000000,1,2000,0,9,128,0,0,,,0,,,,0", RowError::IdentifierLength(0, 3, 130)),
        (
            "fd00::e,00:01:02:05,4294967296,4000000000,1,2000,0,9,128,0,0,,,0,,,,0",
            RowError::Number { column: "valid_lifetime", text: "4294967296".into() },
        ),
        ("fd00::12,00:01:02:05,3600,4000000000,1,2000,0,9", RowError::Short { found: 8, expected: 18 }),
        ("fd00::14,00:01:02:05,3600,4000000000,1,2000,0,9,128,0,0,,,0,[ 1 ],,,0", RowError::Context("[ 1 ]".into())),
    ];
    for (line, error) in cases {
        assert_eq!(read(Family::V6, line), Err(error), "{line}");
    }
    assert_eq!(read(Family::V4, "192.0.2.1,,,3600,4000000000,1,0,0,,0,,0"), Err(RowError::Anonymous));
}

#[test]
fn headers_of_older_and_newer_keas_are_taken_and_foreign_ones_named() {
    let mut ours = Vec::new();
    write_header(Family::V4, &mut ours);
    let ours = String::from_utf8(ours).unwrap();
    assert_eq!(Header::decode(Family::V4, ours.trim_end()).unwrap().schema, Schema::Current);
    let old = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname";
    let header = Header::decode(Family::V4, old).unwrap();
    assert_eq!(header.schema, Schema::Older);
    let mut scratch = Scratch::default();
    let row = Row::decode(Family::V4, header, b"192.0.2.3,02:00,,3600,4000000000,1,0,0,h,1", &mut scratch).unwrap();
    assert_eq!((row.state, row.pool), (0, 0));
    assert_eq!(Header::decode(Family::V4, &format!("{},more", ours.trim_end())).unwrap().schema, Schema::Newer);
    let foreign = Header::decode(Family::V4, "foo,bar").unwrap_err();
    assert_eq!(foreign, " - header contains an invalid column: 'foo'");
    let short = Header::decode(Family::V4, "address,hwaddr").unwrap_err();
    assert_eq!(short, " - header has only 2 valid column(s), it must have at least 9");
}

#[test]
fn a_name_that_is_no_utf8_costs_no_lease() {
    let line = b"fd00::77,00:01:02:03,7200,1795593074,1,7200,0,5,128,0,0,a&#x2cx\xe9,,0,,,,0";
    let mut scratch = Scratch::default();
    let row = Row::decode(Family::V6, Header::current(Family::V6), line, &mut scratch).unwrap();
    assert_eq!(row.hostname, "a,x\u{e9}");
}
