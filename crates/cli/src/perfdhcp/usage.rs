//! What `-h` prints.

/// The usage text.
pub const USAGE: &str = "\
perfdhcp [-1] [-4 | -6] [-A encapsulation-level] [-b base] [-B] [-c]
         [-C separator] [-d drop-time] [-D max-drop] [-e lease-type]
         [-E time-offset] [-f renew-rate] [-F release-rate] [-g thread-mode]
         [-h] [-i] [-I ip-offset] [-J remote-address-list-file]
         [-l local-address|interface] [-L local-port] [-M mac-list-file]
         [-n num-request] [-N remote-port] [-O random-offset]
         [-o code,hexstring] [--or encapsulation-level:code,hexstring]
         [-p test-period] [-P preload] [-r rate]
         [-R num-clients] [-s seed] [-S srvid-offset] [--scenario name]
         [-t report] [-T template-file] [-u] [-v] [-W exit-wait-time]
         [-w script_name] [-x diagnostic-selector] [-X xid-offset]
         [-Y start -y time] [--in-flight number] [--mix shares]
         [--random-clients] [--threads number] [--offload] [--json]
         [--no-progress] [server]

Plays DHCP clients against [server]: an address, or with -6 'all' (ff02::1:2)
or 'servers' (ff05::1:3). With -l and an interface it may be left out and is
'all', which in DHCPv4 is the broadcast address.

What is asked:
 -4, -6       DHCPv4 (the default) or DHCPv6
 -i           only the first exchange: DISCOVER-OFFER or SOLICIT-ADVERTISE
 -c           with -6 -i: rapid commit, SOLICIT-REPLY
 -e type      address-only (the default), prefix-only, address-and-prefix
 -f rate      renewals a second; needs -r
 -F rate      releases a second; needs -r; with -f not more than -r
 --mix list   shares of the exchanges in percent that renew, rebind or release
              a lease that was granted: renew=20,rebind=5,release=5

How much and how long:
 -r rate      exchanges a second; without it, as many as can be sent
 --in-flight number
              a closed loop: so many exchanges are open at any time, the next
              begins when one ends; with -r, not more than so many a second
 -n number    begin so many exchanges; a second -n limits the REQUESTs
 -p seconds   begin exchanges for so long
 -P number    exchanges to begin at once at the start
 -D number    end when so many, or so many in a hundred with %, were lost;
              a second -D is for the second exchange
 -d seconds   after which a query counts as lost (1); a second -d is for the
              second exchange
 -W time      microseconds to wait for answers at the end; without it, until
              nothing more is awaited
 --scenario avalanche
              all clients of -R at once, who repeat themselves after 1 s, 2 s,
              4 s ... until they are answered; -p is ignored
 -Y start -y time
              clients say that they have been waiting, from start on, for time

Who asks:
 -R number    different clients, one after the other (1)
 --random-clients
              draw the clients of -R at random
 -b type=value
              mac=00:0c:01:02:03:04 or duid=hexstring to count clients from
 -M file      draw clients from a list of MAC addresses, one a line
 -J file      draw the relay (giaddr, link-address) from a list of addresses
 -A 1         with -6: messages come through a relay
 -l name      interface, or local address
 -L port, -N port
              local and remote port; 0 for the usual one
 -s seed      make what is drawn at random repeatable

What is said:
 -B           with -4: ask for broadcast answers
 -1           name the first server that answered in all messages
 -o code,hexstring
              a further option; -4 or -6 must come before it
 --or [1:]code,hexstring
              a further option of the relay; -6 and -A must come before it
 -T file      a message in hexadecimal digits to use as DISCOVER or SOLICIT; a
              second one as REQUEST
 -X offset    of the transaction id in it
 -O offset    of the last of the six octets that tell clients apart
 -S offset, -I offset
              where the options with the server identifier and the address
              (or IA_NA) of the offer go in the second file
 -E offset    of the elapsed time in the second file; 0 for none

What is told:
 -t seconds   a line of figures every so often
 -C text      only figures in it, separated by text
 -u           look for addresses offered twice, too; those granted twice are
              always looked for
 -x letters   a arguments, e reason of the end, i rates, l leases, s server
              identifier, t times of all exchanges, T messages
 --json       the report as JSON
 --no-progress
              no progress bar on the terminal

And:
 --threads number
              send and receive with so many threads (1)
 --offload    hand queries of equal length to the kernel in one piece; not for a
              server that listens by raw sockets on the same machine
 -g mode      single or multi; accepted, see --threads
 -w script    call 'script start' before and 'script stop' after the test
 --respond address:port
              be a server without memory instead, to measure perfdhcp itself
 --echo address:port
              the same, a datagram a system call, to measure the datagrams alone
 -h, -v, -V   this text, the version, the long version

Exit status: 0 if every query was sent and answered, 1 for an error, 3 if an
exchange was lost or could not be sent.
";
