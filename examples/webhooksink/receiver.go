package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
)

// Receiver is the other end: it verifies signatures and makes no record twice.
// It keeps everything in memory; a real one has a table with unique keys on
// idempotency key and Alarm.com id, and stores them with the record.
type Receiver struct {
	Secret []byte

	mu        sync.Mutex
	customers []customer // the id is the place, plus one
	users     []user
	byKey     map[string]string // path and idempotency key, or path and Alarm.com id -> id
	byName    map[string]bool
	mailed    []string // support ids, one for each login email
}

// maxRequest is more than any request has.
const maxRequest = 1 << 20

// ServeHTTP implements [http.Handler].
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxRequest))
	if err != nil {
		respond(w, http.StatusRequestEntityTooLarge, nil)
		return
	}
	if err := Verify(req, body, rc.Secret, time.Now()); err != nil {
		respond(w, http.StatusUnauthorized, nil)
		return
	}
	path := strings.Trim(req.URL.Path, "/")
	kind, find := strings.CutSuffix(path, "/find")
	if req.Method != http.MethodPost || kind != "customers" && kind != "users" {
		respond(w, http.StatusNotFound, nil)
		return
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	key := req.Header.Get(headerKey)
	switch {
	case find:
		rc.find(w, kind, body)
	case key == "":
		respond(w, http.StatusBadRequest, fields("Idempotency-Key", "is required"))
	case kind == "customers":
		rc.createCustomer(w, key, body)
	default:
		rc.createUser(w, key, body)
	}
}

func (rc *Receiver) find(w http.ResponseWriter, kind string, body []byte) {
	var asked struct {
		IDs []string `json:"ids"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		respond(w, http.StatusBadRequest, nil)
		return
	}
	found := make(map[string][]string)
	for _, id := range asked.IDs {
		if there, ok := rc.byKey[kind+"/id/"+id]; ok {
			found[id] = []string{there}
		}
	}
	respond(w, http.StatusOK, map[string]any{"found": found})
}

func (rc *Receiver) createCustomer(w http.ResponseWriter, key string, body []byte) {
	var c customer
	if err := json.Unmarshal(body, &c); err != nil {
		respond(w, http.StatusBadRequest, nil)
		return
	}
	if c.AlarmComID == "" || c.LastName == "" && c.BusinessName == "" {
		respond(w, http.StatusUnprocessableEntity, fields("last_name", "is required"))
		return
	}
	if rc.there(w, "customers", key, c.AlarmComID) {
		return
	}
	rc.customers = append(rc.customers, c)
	rc.made(w, "customers", key, c.AlarmComID, len(rc.customers))
}

func (rc *Receiver) createUser(w http.ResponseWriter, key string, body []byte) {
	var u user
	if err := json.Unmarshal(body, &u); err != nil {
		respond(w, http.StatusBadRequest, nil)
		return
	}
	if u.AlarmComID == "" || u.Username == "" {
		respond(w, http.StatusUnprocessableEntity, fields("username", "is required"))
		return
	}
	if rc.there(w, "users", key, u.AlarmComID) {
		return
	}
	if rc.byName[strings.ToLower(u.Username)] {
		respond(w, http.StatusConflict, nil)
		return
	}
	if rc.byName == nil {
		rc.byName = make(map[string]bool)
	}
	rc.byName[strings.ToLower(u.Username)] = true
	rc.users = append(rc.users, u)
	if u.CanLogin {
		rc.mailed = append(rc.mailed, u.AlarmComID) // a real one sends it, once
	}
	rc.made(w, "users", key, u.AlarmComID, len(rc.users))
}

// there answers a create that was made before.
func (rc *Receiver) there(w http.ResponseWriter, kind, key, alarmComID string) bool {
	for _, k := range []string{kind + "/key/" + key, kind + "/id/" + alarmComID} {
		if id, ok := rc.byKey[k]; ok {
			respond(w, http.StatusOK, map[string]any{"id": id})
			return true
		}
	}
	return false
}

func (rc *Receiver) made(w http.ResponseWriter, kind, key, alarmComID string, place int) {
	if rc.byKey == nil {
		rc.byKey = make(map[string]string)
	}
	id := strconv.Itoa(place)
	rc.byKey[kind+"/key/"+key], rc.byKey[kind+"/id/"+alarmComID] = id, id
	respond(w, http.StatusCreated, map[string]any{"id": id})
}

func fields(field, rule string) map[string]any {
	return map[string]any{"fields": []adcimport.FieldError{{Field: field, Rule: rule}}}
}

func respond(w http.ResponseWriter, status int, doc map[string]any) {
	if doc == nil {
		doc = map[string]any{}
	}
	body, err := json.Marshal(doc)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whom it does not reach asks again
}
