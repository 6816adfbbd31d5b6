//! The examples of the language's description with the values a real Kea computes.

use super::*;

/// Conditions and whether they hold.
const CONDITIONS: [(&str, bool); 45] = [
    ("option[12].exists", true),
    ("option[99].exists", false),
    ("option[60].hex == 'docsis3.0:abc'", true),
    ("option[host-name].text == 'host1'", true),
    ("option[99].hex == ''", true),
    ("substring(option[60].hex,0,6) == 'docsis'", true),
    ("not member('ALL') or member('ALL')", true),
    ("not option[99].exists and option[99].exists", false),
    ("relay4[1].exists", true),
    ("relay4[7].exists", false),
    ("vendor[4491].exists", true),
    ("vendor[*].exists", true),
    ("vendor[0].exists", true),
    ("vendor[1].exists", false),
    ("vendor-class[4491].exists", true),
    ("vendor-class[1].exists", false),
    ("pkt4.giaddr == 192.0.2.250", true),
    ("pkt4.hlen == 6", true),
    ("pkt4.hlen == 0x6", false),
    ("pkt4.msgtype == 1", true),
    ("option[53].hex == 1", false),
    ("option[53].hex == 0x01", true),
    ("substring(option[12].hex,0,1) == 104", false),
    ("match('[a-z]+[0-9]',option[12].text)", true),
    ("match('os',option[12].text)", false),
    ("option[12].hex == 0x686F737431", true),
    ("option[12].text == ifelse(option[99].exists,'a','host1')", true),
    ("option[12].hex + 'x' == 'host1x'", true),
    ("'a' == 'A'", false),
    ("option[99].text == 'x' sor option[12].exists", true),
    ("1 == 0x00000001", true),
    ("1 == 0x1", false),
    ("10.0.0.1 == 0x0a000001", true),
    ("2001:db8::1 == 0x20010db8000000000000000000000001", true),
    ("not option[61].hex == 'x'", true),
    ("1 == 2 and 1 == 1 or 1 == 1", true),
    ("1 == 1 or 1 == 1 and 1 == 2", true),
    ("1 == 1 sor 1 == 1 sand 1 == 2", true),
    ("1 == 1 or addrtotext('abc') == 'x'", true),
    ("1 == 2 and addrtotext('abc') == 'x'", false),
    ("pkt.src == 192.0.2.250 and pkt.dst == 192.0.2.1", true),
    ("pkt4.siaddr == 0.0.0.0", true),
    ("option[82].option[1].exists", true),
    ("option[12].option[1].exists", false),
    ("member('earlier')", false),
];

/// Strings and their values.
const STRINGS: [(&str, &str); 66] = [
    ("substring('foobar',0,6)", "foobar"),
    ("substring('foobar',3,3)", "bar"),
    ("substring('foobar',3,all)", "bar"),
    ("substring('foobar',1,4)", "ooba"),
    ("substring('foobar',-5,4)", "ooba"),
    ("substring('foobar',-1,-3)", "oba"),
    ("substring('foobar',4,-2)", "ob"),
    ("substring('foobar',2,-5)", "fo"),
    ("substring('foobar',10,2)", ""),
    ("substring('foobar',-10,2)", ""),
    ("substring('foobar',0,0)", ""),
    ("substring('',0,all)", ""),
    ("substring('foobar',6,1)", ""),
    ("substring('foobar',-6,1)", "f"),
    ("split('a.b..c','.',3)", ""),
    ("split('a.b..c','.',4)", "c"),
    ("split('a.b.c','.',9)", ""),
    ("split('abc','.',0)", ""),
    ("split('a.b.c','',1)", "a.b.c"),
    ("split('a-b.c','.-',2)", "b"),
    ("split('abc','.',-1)", ""),
    ("split('','.',1)", ""),
    ("split('abc','.',1)", "abc"),
    ("'a' + 'b' + 'c'", "abc"),
    ("concat('a','b')", "ab"),
    ("concat(concat('a', ucase('b')), hexstring(pkt4.mac, '') + lcase('X'))", "aB02aa00000001x"),
    ("'a' + ('b' + substring(option[12].hex + '!', 4, 2)) + 'c'", "ab1!c"),
    ("ucase('aBc1')", "ABC1"),
    ("lcase('aBc1')", "abc1"),
    ("hexstring(pkt4.mac,':')", "02:aa:00:00:00:01"),
    ("hexstring(option[61].hex,'')", "0102aa00000001"),
    ("hexstring(0x123,'')", "0123"),
    ("hexstring(0xab, '-')", "ab"),
    ("hexstring(option[12].hex + 'x', lcase('--'))", "68--6f--73--74--31--78"),
    ("addrtotext(pkt4.giaddr)", "192.0.2.250"),
    ("addrtotext(2001:db8::0001)", "2001:db8::1"),
    ("int8totext(0xff)", "-1"),
    ("uint8totext(0xff)", "255"),
    ("int16totext(0xfffe)", "-2"),
    ("uint16totext(0x0102)", "258"),
    ("int32totext(0xffffffff)", "-1"),
    ("uint32totext(pkt4.msgtype)", "1"),
    ("uint32totext(pkt4.transid)", "4660"),
    ("option[12].text", "host1"),
    ("option[61].text", "type=061, len=007: 01:02:aa:00:00:00:01"),
    ("option[55].text", "type=055, len=003: 1(uint8) 3(uint8) 6(uint8)"),
    ("option[50].text", "type=050, len=004: 192.0.2.15 (ipv4-address)"),
    ("hexstring(option[99].hex,':')", ""),
    ("uint8totext(option[99].hex)", ""),
    ("addrtotext(option[99].hex)", ""),
    ("option[99].text", ""),
    ("ifelse(option[12].exists,'yes','no')", "yes"),
    ("ifelse(option[99].exists,'yes','no')", "no"),
    ("ifelse(option[12].exists,'yes',addrtotext('abc'))", "yes"),
    ("pkt.iface", "kcs0"),
    ("relay4[1].hex", "eth0/1"),
    ("hexstring(relay4[2].hex,':')", "aa:bb:cc"),
    ("hexstring(option[82].hex,'')", "0106657468302f310203aabbcc"),
    ("hexstring(option[82].option[1].hex,'')", "657468302f31"),
    ("uint32totext(vendor.enterprise)", "4491"),
    ("uint32totext(vendor-class.enterprise)", "4491"),
    ("hexstring(vendor[4491].option[1].hex,'')", "0102"),
    ("vendor[1].option[1].hex", ""),
    ("vendor-class[4491].data", "\x04abcd"),
    ("vendor-class[4491].data[5]", ""),
    ("vendor-class[1].data", ""),
];

#[test]
fn every_condition_of_the_description_has_its_value() {
    for (text, value) in CONDITIONS {
        assert_eq!(holds(text), Ok(value), "{text}");
    }
}

#[test]
fn every_string_of_the_description_has_its_value() {
    for (text, expected) in STRINGS {
        assert_eq!(
            value(text).map(|value| String::from_utf8_lossy(&value).into_owned()),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn a_value_of_the_wrong_size_is_an_error_where_it_is_looked_at() {
    assert_eq!(value("addrtotext('abc')"), Err(EvaluateError::Address));
    assert_eq!(value("uint16totext(0x01)"), Err(EvaluateError::Number { signed: false, octets: 2 }));
    assert_eq!(holds("1 == 1 sor addrtotext('abc') == 'x'"), Err(EvaluateError::Address));
    assert_eq!(value("sifelse(1 == 1, 'a', addrtotext('abc'))"), Err(EvaluateError::Address));
}

#[test]
fn every_example_is_itself_again_when_it_is_written_and_read() {
    with_vocabulary(Family::V4, |vocabulary| {
        for (text, _) in CONDITIONS {
            let compiled = BooleanExpression::compile(text, vocabulary).unwrap();
            let written = compiled.to_string();
            assert_eq!(BooleanExpression::compile(&written, vocabulary), Ok(compiled), "{text} as {written}");
        }
        for (text, _) in STRINGS {
            let compiled = StringExpression::compile(text, vocabulary).unwrap();
            let written = compiled.to_string();
            assert_eq!(StringExpression::compile(&written, vocabulary), Ok(compiled), "{text} as {written}");
        }
    });
}
