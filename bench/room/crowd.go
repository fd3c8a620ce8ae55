// A crowd of viewers of a LiveKit room, for the bench: each has a peer connection of its own, takes every track, and
// throws away what comes, undecoded. Fifty decoders would leave nothing of the machine for what is measured.
//
// Built inside the module of engines/livekit, whose versions it has. Arguments: the server's URL. Tokens come on
// standard input, one a line; each line is answered, when that viewer has its first packet of video, by `ready <n>`.
// `count` answers by one JSON object: what came since the last count, and in how many seconds.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/proto"
)

var packets, bytes, ready atomic.Int64

func main() {
	out := json.NewEncoder(os.Stdout)
	since := time.Now()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() != "count" {
			if err := join(os.Args[1], lines.Text()); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			continue
		}
		seconds := time.Since(since).Seconds()
		since = time.Now()
		out.Encode(map[string]any{"viewers": ready.Load(), "packets": packets.Swap(0), "bytes": bytes.Swap(0), "seconds": seconds})
	}
}

// viewer is one connection: the SFU offers, the viewer answers.
type viewer struct {
	socket *websocket.Conn
	write  sync.Mutex
	peer   *webrtc.PeerConnection
	// Candidates that come before the first offer.
	early []webrtc.ICECandidateInit
}

func join(server, token string) error {
	address := server + "/rtc?auto_subscribe=1&protocol=9&sdk=go&access_token=" + url.QueryEscape(token)
	socket, _, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		// The error of a dial names the address, and with it the token.
		return fmt.Errorf("a viewer could not join %s", server)
	}
	v := &viewer{socket: socket}
	if v.peer, err = webrtc.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return err
	}
	v.peer.OnICECandidate(v.candidate)
	v.peer.OnTrack(take)
	go v.ping()
	go v.listen()
	return nil
}

func take(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	buffer := make([]byte, 1500)
	for first := true; ; first = false {
		n, _, err := track.Read(buffer)
		if err != nil {
			return
		}
		if track.Kind() != webrtc.RTPCodecTypeVideo {
			continue
		}
		if first {
			fmt.Printf("ready %d\n", ready.Add(1))
		}
		packets.Add(1)
		bytes.Add(int64(n))
	}
}

func (v *viewer) listen() {
	for {
		_, data, err := v.socket.ReadMessage()
		if err != nil {
			return
		}
		message := &livekit.SignalResponse{}
		if proto.Unmarshal(data, message) != nil {
			continue
		}
		switch m := message.Message.(type) {
		case *livekit.SignalResponse_Offer:
			if err := v.answer(m.Offer); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		case *livekit.SignalResponse_Trickle:
			var candidate webrtc.ICECandidateInit
			if m.Trickle.Target != livekit.SignalTarget_SUBSCRIBER || json.Unmarshal([]byte(m.Trickle.CandidateInit), &candidate) != nil {
				continue
			}
			if v.peer.RemoteDescription() == nil {
				v.early = append(v.early, candidate)
			} else {
				v.peer.AddICECandidate(candidate)
			}
		}
	}
}

func (v *viewer) answer(offer *livekit.SessionDescription) error {
	if err := v.peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.Sdp}); err != nil {
		return err
	}
	for _, candidate := range v.early {
		v.peer.AddICECandidate(candidate)
	}
	v.early = nil
	answer, err := v.peer.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := v.peer.SetLocalDescription(answer); err != nil {
		return err
	}
	v.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Answer{Answer: &livekit.SessionDescription{Type: "answer", Sdp: answer.SDP, Id: offer.Id}}})
	return nil
}

func (v *viewer) candidate(candidate *webrtc.ICECandidate) {
	if candidate == nil {
		return
	}
	init, _ := json.Marshal(candidate.ToJSON())
	v.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{Trickle: &livekit.TrickleRequest{CandidateInit: string(init), Target: livekit.SignalTarget_SUBSCRIBER}}})
}

func (v *viewer) ping() {
	for range time.Tick(5 * time.Second) {
		v.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Ping{Ping: time.Now().UnixMilli()}})
	}
}

func (v *viewer) send(request *livekit.SignalRequest) {
	data, err := proto.Marshal(request)
	if err != nil {
		return
	}
	v.write.Lock()
	defer v.write.Unlock()
	v.socket.WriteMessage(websocket.BinaryMessage, data)
}
